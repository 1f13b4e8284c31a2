/**
 * Holds the portal's build to its size budgets (gzip -9): the shell, each route's chunk, each lazy vendor chunk; and proves
 * from the import graph that no chart, grid or analytics library is in what every page loads first.
 * Run after the build: `node tools/check-bundle.ts`.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

interface Output {
  readonly bytes: number;
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

const KB = 1000;
const BUDGETS = {
  shell: 250 * KB,
  route: 150 * KB,
  candles: 70 * KB,
  grid: 290 * KB,
  analytics: 265 * KB,
  arrange: 40 * KB,
} as const;
const VENDORS: readonly { readonly name: keyof typeof BUDGETS; readonly path: RegExp }[] = [
  { name: 'candles', path: /node_modules\/lightweight-charts\// },
  { name: 'grid', path: /node_modules\/ag-grid-community\// },
  { name: 'analytics', path: /node_modules\/(echarts|zrender)\// },
  { name: 'arrange', path: /node_modules\/@angular\/cdk\/.*drag-drop/ },
];

const dist = fileURLToPath(new URL('../apps/web/dist', import.meta.url));
const browser = join(dist, 'browser');
const statsFile = join(dist, 'browser-stats.json');
if (!existsSync(statsFile)) {
  console.error('The portal is not built: run `nx build web` first.');
  process.exit(2);
}
const outputs = (JSON.parse(readFileSync(statsFile, 'utf8')) as { outputs: Record<string, Output> }).outputs;

const gzip = (file: string): number => gzipSync(readFileSync(join(browser, file)), { level: 9 }).length;
const vendorOf = (output: Output) =>
  VENDORS.find(({ path }) => {
    const inside = Object.entries(output.inputs).reduce(
      (sum, [name, { bytesInOutput }]) => sum + (path.test(name) ? bytesInOutput : 0),
      0,
    );
    return inside > output.bytes / 3;
  });

/** The files that load before the first route: the page's own, and all they import statically. */
function shellFiles(): Set<string> {
  const page = readFileSync(join(browser, 'index.html'), 'utf8');
  const queue = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1] as string);
  const seen = new Set<string>();
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && path in outputs) queue.push(path);
  }
  return seen;
}

const faults: string[] = [];
const lines: string[] = [];
function check(name: string, size: number, budget: number): void {
  lines.push(`${(size / KB).toFixed(1).padStart(7)} of ${(budget / KB).toFixed(0).padStart(4)} kB gzip  ${name}`);
  if (size > budget) faults.push(`${name} is ${(size / KB).toFixed(1)} kB gzip; its budget is ${budget / KB} kB.`);
}

const shell = shellFiles();
check(
  'shell',
  [...shell].reduce((sum, file) => sum + gzip(file), 0),
  BUDGETS.shell,
);
for (const file of shell) {
  for (const input of Object.keys(outputs[file]?.inputs ?? {})) {
    const vendor = VENDORS.find(({ path }) => path.test(input));
    if (vendor) faults.push(`${file} is in the shell and holds ${input} (${vendor.name}).`);
  }
}
for (const file of readdirSync(browser).filter((name) => name.endsWith('.js') && !shell.has(name) && name in outputs)) {
  const output = outputs[file] as Output;
  const vendor = vendorOf(output);
  const name = output.entryPoint ?? file;
  check(vendor ? `${vendor.name} (${file})` : name, gzip(file), vendor ? BUDGETS[vendor.name] : BUDGETS.route);
}
const page = readFileSync(join(browser, 'index.html'), 'utf8');
if (/<script(?![^>]*\ssrc=)/.test(page) || /\son\w+="/.test(page))
  faults.push('index.html holds an inline script or handler, which the content security policy forbids.');

console.log(lines.join('\n'));
for (const fault of faults) console.error(`over budget: ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
