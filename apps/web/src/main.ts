import { bootstrapApplication } from '@angular/platform-browser';
import { portalConfig } from '@ziggy/contracts';
import type { PortalConfig } from '@ziggy/contracts';
import { portalProviders } from './app/app.config.ts';
import { Portal } from './app/portal.ts';

const RETRY_MS = 2000;

/** Asks the server who it is, again and again until it answers: nothing can be shown honestly before. */
async function loadConfig(): Promise<PortalConfig> {
  for (let told = false; ;) {
    try {
      const answer = await fetch(new URL('config.json', document.baseURI), { cache: 'no-store' });
      if (answer.ok) return portalConfig.parse(await answer.json());
      throw new Error(`config.json was answered with ${answer.status}`);
    } catch (error) {
      if (!told) {
        told = true;
        console.warn('ziggy: waiting for the server', error);
        const root = document.querySelector('z-root');
        if (root) root.textContent = 'The server does not answer. This page goes on by itself as soon as it does.';
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const config = await loadConfig();
await bootstrapApplication(Portal, { providers: portalProviders(config) });
