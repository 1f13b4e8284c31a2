/**
 * Row 17 of the performance targets: the portal's grid of 10 000 rows under 2 000 cell updates a second while it is
 * scrolled, in Chromium with the built portal and API. The rows are the symbols of a simulated market of that size; the
 * updates are frames that the bench says on the page's own socket, so they go the whole way: parser, store, grid.
 */
import type { Page, WebSocketRoute } from 'playwright-core';
import { ApiProcess } from '../../apps/web/e2e/harness/api-process.ts';
import { openBrowser, openPage } from '../../apps/web/e2e/harness/browser.ts';
import { atLeast, atMost, machine, percentile, table } from './result.ts';
import type { BenchResult } from './result.ts';

const ROWS = 10_000;
const CELLS_PER_SECOND = 2_000;
/** price, change, changePct, bid, ask, volume: what each update changes. */
const CELLS_PER_UPDATE = 6;
const BURSTS_PER_SECOND = 20;
const COLUMNS = 'symbol,name,price,change,changePct,spark,bid,ask,volume,relativeVolume,z20,volatility,freshness';
/** Rows that are seen at once; without them there is nobody to tell. */
const LEAST_SYMBOLS = 20;
const GIVE_UP_MS = 60_000;
const seconds = process.argv.includes('--quick') ? 6 : 30;

interface Seen {
  readonly gaps: number[];
  readonly tasks: number[];
}

/** A real overview, its list made longer: every symbol is one that the server knows. */
async function widen(page: Page, api: ApiProcess): Promise<string[]> {
  const real = (await (await api.fetch('/market/overview?universe=tracked')).json()) as {
    items: { symbol: string }[];
  };
  const named = real.items.filter(({ symbol }) => !symbol.startsWith('SIM'));
  const last = real.items.at(-1);
  const others = Array.from({ length: ROWS - named.length }, (_, i) => ({
    ...last,
    symbol: `SIM${String(i + 1).padStart(4, '0')}`,
  }));
  const items = [...named, ...others] as { symbol: string }[];
  await page.route('**/market/overview?*', (route) => route.fulfill({ json: { ...real, items } }));
  return items.map(({ symbol }) => symbol);
}

/** Says `CELLS_PER_SECOND` of changes about the symbols that the page has subscribed to. */
class Storm {
  readonly #wanted = new Set<string>();
  #socket: WebSocketRoute | null = null;
  #v = 1e12;
  #timer: NodeJS.Timeout | undefined;
  sent = 0;

  async tap(page: Page): Promise<void> {
    await page.routeWebSocket(/\/ws\/market/, (socket) => {
      this.#socket = socket;
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const command = JSON.parse(String(message)) as { type: string; symbols?: string[] };
        for (const symbol of command.symbols ?? [])
          if (command.type === 'subscribe') this.#wanted.add(symbol);
          else if (command.type === 'unsubscribe') this.#wanted.delete(symbol);
        server.send(message);
      });
    });
  }

  get symbols(): number {
    return this.#wanted.size;
  }

  start(): void {
    const began = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - began) / 1000) * (CELLS_PER_SECOND / CELLS_PER_UPDATE);
      const symbols = [...this.#wanted];
      while (this.sent < due && symbols.length > 0) this.#say(symbols[this.sent % symbols.length] as string);
    }, 1000 / BURSTS_PER_SECOND);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #say(symbol: string): void {
    this.sent += 1;
    this.#v += 1;
    const price = 100 + (this.sent % 997) / 100;
    const now = Date.now();
    const data = {
      price,
      change: price - 100,
      changePct: price - 100,
      bid: price - 0.01,
      ask: price + 0.01,
      volume: 1_000_000 + this.sent * 10_000,
      source: 'simulated',
      kind: 'simulated',
      asOf: now,
      brain: BRAIN,
    };
    this.#socket?.send(JSON.stringify({ type: 'market_data', ch: 'market', ts: now, symbol, v: this.#v, data }));
  }
}

const BRAIN = {
  regime: null,
  regimeConfidence: null,
  volatility: null,
  z20: null,
  relativeVolume: null,
  moveSigma: null,
  confidence: null,
  why: 'warm_up',
};

const WATCH = `(() => {
  const seen = (window.__seen = { gaps: [], tasks: [] });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.tasks.push(entry.duration))).observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => { seen.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})()`;

export async function run(): Promise<BenchResult> {
  const api = await ApiProcess.start({ SIM_UNIVERSE: String(ROWS) });
  const browser = await openBrowser();
  try {
    const { page, complaints } = await openPage(browser, { width: 1600, api });
    const storm = new Storm();
    await storm.tap(page);
    await widen(page, api);
    await page.goto(`${api.url}/app/markets?cols=${COLUMNS}`);
    await page.locator('z-quote-grid [row-id="AAPL"] .z-fig').first().waitFor();
    await page.locator('z-quote-grid .z-grid-box').hover();
    for (const since = performance.now(); storm.symbols < LEAST_SYMBOLS; await page.waitForTimeout(50)) {
      if (performance.now() - since > GIVE_UP_MS)
        throw new Error(`The page has subscribed to ${storm.symbols} symbols. ${complaints.join('; ')}`);
    }
    storm.start();
    await page.waitForTimeout(2_000); // the first second of a page is not what is measured
    const before = storm.sent;
    await page.evaluate(WATCH);
    const began = performance.now();
    for (let step = 0; performance.now() - began < seconds * 1000; step += 1) {
      await page.mouse.wheel(0, step % 40 < 20 ? 240 : -180);
      await page.waitForTimeout(100);
    }
    const { gaps, tasks } = await page.evaluate<Seen>('window.__seen');
    const lasted = (performance.now() - began) / 1000;
    storm.stop();
    return {
      name: `portal grid, ${ROWS} rows x 13 columns, scrolled for ${seconds} s`,
      machine: machine(),
      rows: [
        atLeast('cell updates', ((storm.sent - before) * CELLS_PER_UPDATE) / lasted, '/s', CELLS_PER_SECOND * 0.95),
        { metric: 'symbols subscribed', value: storm.symbols, unit: '' },
        atLeast('frames', gaps.length / lasted, 'fps', 50),
        atMost('frame gap, p99', percentile(gaps, 0.99), 'ms', 50),
        { metric: 'frame gap, worst', value: Math.max(...gaps), unit: 'ms' },
        atMost('long tasks', tasks.length, '', 0),
        { metric: 'longest task', value: tasks.length === 0 ? 0 : Math.max(...tasks), unit: 'ms' },
      ],
    };
  } finally {
    await browser.close();
    await api.stop();
  }
}

if (import.meta.main) console.log(table(await run()));
