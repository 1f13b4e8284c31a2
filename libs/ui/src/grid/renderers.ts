import type { ICellRendererComp, ICellRendererParams } from 'ag-grid-community';
import type { Reading } from '../format/reading.ts';
import { DASH, reasonText, regimeText } from '../format/reading.ts';
import { formatPercent } from '../format/numbers.ts';
import { pageFlasher } from '../primitives/flash.ts';
import { TRIANGLE } from '../primitives/figures.ts';
import { FRESHNESS_MARKS, freshnessText, freshnessTone } from '../primitives/freshness.ts';
import type { FreshnessState } from '../primitives/freshness.ts';
import { sparkShape } from '../primitives/sparkline.ts';
import { rowFreshness } from './quote-row.ts';
import type { GridContext, QuoteRow } from './quote-row.ts';

type Params = ICellRendererParams<QuoteRow, unknown, GridContext>;
type RendererClass = new () => ICellRendererComp<QuoteRow>;

const SVG = 'http://www.w3.org/2000/svg';

function svg(className: string, viewBox: string): { root: SVGSVGElement; path: SVGPathElement } {
  const root = document.createElementNS(SVG, 'svg');
  root.setAttribute('class', className);
  root.setAttribute('viewBox', viewBox);
  root.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  root.append(path);
  return { root, path };
}

function span(className: string): HTMLSpanElement {
  const element = document.createElement('span');
  element.className = className;
  return element;
}

export interface FigureColumn {
  /** Field of the row, for the proof that the figure was received. */
  readonly field: keyof QuoteRow;
  readonly format: string;
  read(row: QuoteRow): Reading;
  /** Draws triangle and colour for direction. */
  readonly toned: boolean;
  /** Flashes when the raw value moves. */
  readonly flashes: boolean;
}

/**
 * A renderer class for a column of figures: no Angular, no layout read, and the DOM is written only where the text
 * changed, since a busy tape repaints two thousand cells a second.
 */
export function figureRenderer(column: FigureColumn): RendererClass {
  return class implements ICellRendererComp<QuoteRow> {
    private readonly root = span('z-fig');
    private readonly word = column.toned ? span('z-sr') : null;
    private readonly triangle = column.toned ? svg('z-tri', '0 0 7 7') : null;
    private readonly text = span('z-fig-text');
    // Written in place: another text in the same node costs a layout of the cell, a new node one of its line as well.
    private readonly letters = document.createTextNode('');
    private symbol = '';
    private shown = '';
    private tone = '';
    private stale = false;
    private previous: number | null = null;

    init(params: Params): void {
      if (this.word && this.triangle) this.root.append(this.word, this.triangle.root);
      this.text.append(this.letters);
      this.root.append(this.text);
      this.root.dataset['format'] = column.format;
      this.draw(params);
    }

    getGui(): HTMLElement {
      return this.root;
    }

    refresh(params: Params): boolean {
      this.draw(params);
      return true;
    }

    private draw({ data }: Params): void {
      if (!data) return;
      const { text, tone, missing } = column.read(data);
      if (data.symbol !== this.symbol) {
        this.symbol = data.symbol;
        this.root.dataset['field'] = `quote.${data.symbol}.${column.field}`;
      }
      if (text !== this.shown) {
        this.shown = text;
        this.letters.data = text;
        this.mark(missing, data);
      }
      if (column.toned && tone !== this.tone) this.point(tone);
      if (data.stale !== this.stale) {
        this.stale = data.stale;
        this.root.classList.toggle('z-stale', data.stale);
      }
      if (column.flashes) this.flash(data);
    }

    private mark(missing: boolean, row: QuoteRow): void {
      if (missing) {
        const why = reasonText(row.why ?? 'no_data');
        this.root.dataset['missing'] = '';
        this.root.title = why;
        this.text.setAttribute('aria-label', why);
        this.text.setAttribute('role', 'img');
      } else if ('missing' in this.root.dataset) {
        delete this.root.dataset['missing'];
        this.root.removeAttribute('title');
        this.text.removeAttribute('aria-label');
        this.text.removeAttribute('role');
      }
    }

    private point(tone: string): void {
      this.tone = tone;
      const directed = tone === 'up' || tone === 'down';
      this.root.dataset['tone'] = tone;
      if (this.word) this.word.textContent = directed ? `${tone} ` : '';
      if (this.triangle) {
        this.triangle.root.dataset['direction'] = directed ? tone : 'none';
        this.triangle.path.setAttribute('d', TRIANGLE[tone === 'down' ? 'down' : 'up']);
      }
    }

    private flash(row: QuoteRow): void {
      const value = row[column.field];
      const known = typeof value === 'number' ? value : null;
      if (known !== null && this.previous !== null && known !== this.previous) {
        pageFlasher().flash(this.root, known > this.previous ? 'up' : 'down');
      }
      this.previous = known ?? this.previous;
    }
  };
}

const SPARK_WIDTH = 84;
const SPARK_HEIGHT = 16;

/** A sparkline of real bars, drawn again only when the list of points is another one. */
export class SparkRenderer implements ICellRendererComp<QuoteRow> {
  private readonly root = span('z-grid-spark');
  private readonly line = svg('z-spark', `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`);
  private readonly dash = span('z-fig-text');
  private points: QuoteRow['spark'] | undefined;

  init(params: Params): void {
    this.line.root.setAttribute('width', String(SPARK_WIDTH));
    this.line.root.setAttribute('height', String(SPARK_HEIGHT));
    this.dash.textContent = DASH;
    this.root.append(this.line.root, this.dash);
    this.root.dataset['format'] = 'spark';
    this.refresh(params);
  }

  getGui(): HTMLElement {
    return this.root;
  }

  refresh({ data }: Params): boolean {
    if (!data || data.spark === this.points) return true;
    this.points = data.spark;
    this.root.dataset['field'] = `quote.${data.symbol}.spark`;
    const shape = sparkShape(data.spark, SPARK_WIDTH, SPARK_HEIGHT);
    this.line.root.style.display = shape ? '' : 'none';
    this.dash.style.display = shape ? 'none' : '';
    this.root.title = shape ? '' : 'fewer than two bars';
    if (shape) {
      this.line.path.setAttribute('d', shape.path);
      this.line.root.dataset['tone'] = shape.tone;
    }
    return true;
  }
}

/** Regime in words with its confidence; a dash with the reason when unknown. */
export class RegimeRenderer implements ICellRendererComp<QuoteRow> {
  private readonly root = span('z-grid-regime');
  private readonly label = span('z-grid-regime-label');
  private readonly confidence = span('z-fig z-unit');
  private shown = '';

  init(params: Params): void {
    this.root.append(this.label, this.confidence);
    this.refresh(params);
  }

  getGui(): HTMLElement {
    return this.root;
  }

  refresh({ data }: Params): boolean {
    if (!data) return true;
    const { regime, regimeConfidence } = data;
    const share =
      regime === null || regimeConfidence === null
        ? ''
        : formatPercent(regimeConfidence, 'ratio', { decimals: 0, sign: 'negative' }).text;
    const key = `${regime ?? ''}|${share}`;
    if (key === this.shown) return true;
    this.shown = key;
    this.label.textContent = regime === null ? DASH : regimeText(regime);
    this.label.dataset['regime'] = regime ?? '';
    this.confidence.textContent = share;
    this.confidence.dataset['field'] = `quote.${data.symbol}.regimeConfidence`;
    this.confidence.dataset['format'] = 'percent:ratio:0';
    this.root.title = regime === null ? reasonText(data.why ?? 'no_data') : '';
    return true;
  }
}

/** The freshness badge of a row; `tick` moves its age on without touching the rest of the row. */
export class FreshnessRenderer implements ICellRendererComp<QuoteRow> {
  private readonly root = span('z-badge');
  private readonly mark = svg('z-mark', '0 0 10 10');
  private readonly text = span('z-badge-text');
  private row: QuoteRow | undefined;
  private state: FreshnessState | null = null;
  private shown = '';

  init(params: Params): void {
    this.root.append(this.mark.root, this.text);
    this.root.dataset['format'] = 'freshness';
    this.refresh(params);
  }

  getGui(): HTMLElement {
    return this.root;
  }

  refresh({ data, context }: Params): boolean {
    this.row = data;
    this.tick(context.now());
    return true;
  }

  tick(now: number): void {
    const row = this.row;
    if (!row) return;
    const value = rowFreshness(row, now);
    const text = freshnessText(value);
    if (text !== this.shown) {
      this.shown = text;
      this.text.textContent = text;
    }
    if (value.state === this.state) return;
    this.state = value.state;
    this.root.dataset['state'] = value.state;
    this.root.dataset['field'] = `quote.${row.symbol}.asOf`;
    const tone = freshnessTone(value.state);
    if (tone) this.root.dataset['tone'] = tone;
    else delete this.root.dataset['tone'];
    this.mark.path.setAttribute('d', FRESHNESS_MARKS[value.state]);
  }
}

/** The symbol as a button in all but name: the row's Enter and its click do the same. */
export class SymbolRenderer implements ICellRendererComp<QuoteRow> {
  private readonly root = span('z-grid-symbol');

  init({ data }: Params): void {
    this.root.textContent = data?.symbol ?? '';
  }

  getGui(): HTMLElement {
    return this.root;
  }

  refresh({ data }: Params): boolean {
    this.root.textContent = data?.symbol ?? '';
    return true;
  }
}
