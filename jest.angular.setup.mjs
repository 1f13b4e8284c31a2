import { setupZonelessTestEnv } from 'jest-preset-angular/setup-env/zoneless/index.mjs';

// A component that throws in a template or leaves work behind must fail its test, not the next one.
setupZonelessTestEnv({ errorOnUnknownElements: true, errorOnUnknownProperties: true });
