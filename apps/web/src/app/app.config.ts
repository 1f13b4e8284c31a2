import { ErrorHandler, provideBrowserGlobalErrorListeners, provideZonelessChangeDetection } from '@angular/core';
import type { EnvironmentProviders, Provider } from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding, withInMemoryScrolling } from '@angular/router';
import type { PortalConfig } from '@ziggy/contracts';
import { routes } from './app.routes.ts';
import { PORTAL_CONFIG } from './data/environment.ts';
import { PortalErrorHandler } from './shell/portal-error-handler.ts';
import { PortalTitle } from './shell/portal-title.ts';

/** Everything the portal runs on, given what the server said about itself. */
export function portalProviders(config: PortalConfig): (Provider | EnvironmentProviders)[] {
  return [
    provideBrowserGlobalErrorListeners(),
    provideZonelessChangeDetection(),
    provideRouter(routes, withComponentInputBinding(), withInMemoryScrolling({ scrollPositionRestoration: 'enabled' })),
    { provide: ErrorHandler, useClass: PortalErrorHandler },
    { provide: PORTAL_CONFIG, useValue: config },
    { provide: TitleStrategy, useExisting: PortalTitle },
  ];
}
