import * as z from 'zod';

// zod probes for `eval` when it compiles an object schema; under the portal's content security policy the probe
// itself would be reported as a violation, so a browser is told before the first schema exists.
if ('document' in globalThis) z.config({ jitless: true });

export { z };
