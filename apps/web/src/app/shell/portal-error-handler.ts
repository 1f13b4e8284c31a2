import { ErrorHandler, Injectable } from '@angular/core';

/** The browser's notice that an observer's work goes on in the next frame. It is no failure, but arrives as an error event. */
const NOTICE = /^ResizeObserver loop /;

/** Reports every uncaught error once; notices of the browser that only look like one are not passed on. */
@Injectable()
export class PortalErrorHandler extends ErrorHandler {
  override handleError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!NOTICE.test(message)) super.handleError(error);
  }
}
