import { ConfigError, readConfig } from '../config/config.ts';
import { environment } from '../config/environment.ts';

// `npm run config:check`: exit code 1 and every fault, or one good word.
try {
  readConfig(environment());
  process.stdout.write('The configuration is good.\n');
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
