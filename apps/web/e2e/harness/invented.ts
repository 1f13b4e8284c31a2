import type { Page } from 'playwright-core';
import {
  formatCompact,
  formatNumber,
  formatPercent,
  formatPrice,
  formatQuantity,
} from '../../../../libs/ui/src/format/numbers.ts';

/** A figure as the page shows it, with the marks by which it says where it came from. */
export interface ShownFigure {
  readonly field: string;
  readonly format: string;
  readonly text: string;
}

/** Every number that a server told this page, over REST and by stream, and every kind. */
export class Received {
  readonly numbers = new Set<number>();
  readonly kinds = new Set<string>();
  /** What was said of each symbol, by `symbol.name`. */
  readonly #facts = new Map<string, Set<number>>();
  #pending = 0;

  /** Call it before the page opens. */
  constructor(page: Page) {
    page.on('response', (response) => {
      if (!(response.headers()['content-type'] ?? '').includes('json')) return;
      this.#pending += 1;
      void response
        .json()
        .then((body: unknown) => this.#take(body))
        .catch(() => undefined)
        .finally(() => (this.#pending -= 1));
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        try {
          this.#take(JSON.parse(String(payload)));
        } catch {
          // a frame that is no JSON holds no figure
        }
      });
    });
  }

  /** Answers that are announced but not read yet. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Whether a shown figure is a received number, written as its format says: of a figure about a symbol, a number that was
   * said of this symbol under this name; of any other, some number.
   */
  explains({ field, format, text }: ShownFigure): boolean {
    if (text === '\u2014') return true;
    const write = writerOf(format);
    if (write === null) return true;
    for (const value of this.#candidates(field)) if (write(value) === text) return true;
    return false;
  }

  #candidates(field: string): Iterable<number> {
    const [, symbol, name = ''] = /^(?:quote|overview|macro)\.(?!movers\.)(.+?)(?:\.brain)?\.(\w+)$/.exec(field) ?? [];
    if (symbol === undefined) return this.numbers;
    const names = name === 'changePct' ? [name, 'change1dPct'] : [name];
    return names.flatMap((one) => [...(this.#facts.get(`${symbol}.${one}`) ?? [])]);
  }

  #take(value: unknown, key = '', about = ''): void {
    if (typeof value === 'number') {
      this.numbers.add(value);
      const name = `${about}.${key}`;
      if (about !== '') this.#facts.set(name, (this.#facts.get(name) ?? new Set()).add(value));
    } else if (typeof value === 'string') {
      if (key === 'kind') this.kinds.add(value);
    } else if (Array.isArray(value)) for (const item of value) this.#take(item, key, about);
    else if (value !== null && typeof value === 'object') {
      const { symbol } = value as { symbol?: unknown };
      for (const [name, one] of Object.entries(value))
        this.#take(one, name, typeof symbol === 'string' ? symbol : about);
    }
  }
}

/** How a value is written by a format; null for times, ages and texts, which are checked elsewhere. */
function writerOf(format: string): ((value: number) => string) | null {
  const [name, ...options] = format.split(':');
  const locale = 'en-US';
  switch (name) {
    case 'price':
      return options[0] === undefined
        ? (value) => [2, 3, 4, 5].map((decimals) => formatPrice(value, decimals, locale).text).join('|')
        : (value) => formatPrice(value, Number(options[0]), locale).text;
    case 'number':
      return (value) => formatNumber(value, { decimals: Number(options[0] ?? 2), locale }).text;
    case 'percent': {
      const unit = options[0] === 'ratio' ? 'ratio' : 'pct';
      return (value) =>
        formatPercent(value, unit, { decimals: Number(options[1] ?? 2), sign: 'negative', locale }).text;
    }
    case 'quantity':
      return (value) => formatQuantity(value, Number(options[0] ?? 0), locale).text;
    case 'compact':
      return (value) => formatCompact(value, locale).text;
    default:
      return null;
  }
}

/** All figures under a selector. */
export async function shownFigures(page: Page, under = 'main'): Promise<ShownFigure[]> {
  return page.evaluate<ShownFigure[], string>(
    `(() => [...document.querySelectorAll('${under} .z-fig[data-field][data-format]')]
      .map((element) => ({
        field: element.dataset.field,
        format: element.dataset.format,
        text: (element.querySelector('.z-fig-text')?.textContent ?? '').trim(),
      })).filter(({ text }) => text !== ''))()`,
    under,
  );
}

/**
 * Figures that no received number explains. `own` names fields that the portal may count itself: rows that it lists, its
 * own limits. The sign is written once by the formatter and compared without the plus.
 */
export async function inventedFigures(
  page: Page,
  received: Received,
  own: readonly RegExp[],
  under = 'main',
): Promise<string[]> {
  const figures = await shownFigures(page, under);
  return figures
    .filter(({ field }) => !own.some((pattern) => pattern.test(field)))
    .filter((figure) => {
      const bare = { ...figure, text: figure.text.replace(/^\+/, '') };
      if (bare.format === 'price') {
        return ![2, 3, 4, 5].some((decimals) => received.explains({ ...bare, format: `price:${decimals}` }));
      }
      if (bare.format === 'number') {
        return ![2, 3, 4, 5].some((decimals) => received.explains({ ...bare, format: `number:${decimals}` }));
      }
      return !received.explains(bare);
    })
    .map(({ field, text }) => `${field} = ${text}`);
}

/** Texts with digits that are no figure, no name and no address. `named` are the places where words may hold digits. */
export async function strayDigits(page: Page, named: string): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (/\\d/.test(node.textContent) && !node.parentElement.closest(${JSON.stringify(`[data-field], h1, ${named}`)}))
        found.push(node.textContent.trim());
    return found;
  })()`);
}

/** Keeps these numbers when the others are taken away: without them an answer cannot be read at all. */
const STRUCTURE: ReadonlySet<string> = new Set(['v', 'ageMs', 'rank', 'count', 'used', 'stale', 'missing', 'version']);
const NEEDED: ReadonlySet<string> = new Set(['advancers', 'decliners', 'unchanged']);
/** Lists whose items cannot be without their number. */
const EMPTIED: ReadonlySet<string> = new Set(['spark', 'gainers', 'losers']);

/** A body with every number taken away that may be missing, and sparks emptied. */
export function withoutNumbers(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) => {
    if (EMPTIED.has(key)) return [];
    return typeof value === 'number' && !STRUCTURE.has(key) && !NEEDED.has(key) ? null : value;
  });
}

/** A body with every price, and nothing else, multiplied. */
export function withPricesScaled(body: unknown, factor: number): unknown {
  const prices: ReadonlySet<string> = new Set([
    'price',
    'bid',
    'ask',
    'open',
    'high',
    'low',
    'close',
    'prevClose',
    'change',
    'refClose',
  ]);
  return JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    typeof value === 'number' && prices.has(key) ? Math.round(value * factor * 1e6) / 1e6 : value,
  );
}
