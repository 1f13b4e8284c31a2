import { TestEnvironment } from 'jest-environment-jsdom';

/** jsdom with the parts of the browser's fetch that it lacks, taken from Node. */
export default class PortalEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, {
      Response,
      Request,
      Headers,
      fetch: () => Promise.reject(new TypeError('no network in tests')),
    });
  }
}
