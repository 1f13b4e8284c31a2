import { createHash } from 'node:crypto';
import { ASSET_CLASSES, CALENDAR_IDS, INTERVALS, KINDS, PHASES, parseSymbol } from '@ziggy/domain';
import type { BarFlag, Instrument, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '../port.ts';
import { Fields } from './tape-fields.ts';
import type { TapeBar, TapeHealth, TapeHeader, TapeNews, TapeQuote, TapeRecord } from './tape.ts';

// The lines of a tape: canonical JSON, keys in the order written here, no spaces, no key for what is unknown (null).

const BAR_FLAGS: readonly BarFlag[] = [
  'partial',
  'volume_reset',
  'open_carried',
  'derived_raw',
  'synthetic_path',
  'chart_derived',
];
const HEALTH_STATES = ['ok', 'degraded', 'down', 'off'] as const;
const ACTION_TYPES = ['split', 'dividend', 'symbolChange', 'delisting'] as const;

/** SHA-256 over header and records as they are written, without the footer: the name of a tape. */
export function tapeId(header: TapeHeader, records: Iterable<TapeRecord>): string {
  const hash = createHash('sha256').update(headerLine(header));
  for (const record of records) hash.update(recordLine(record));
  return hash.digest('hex');
}

/** The header's line, with its line feed. */
export function headerLine(header: TapeHeader): string {
  const { v, title, sourceMarket, originKind, licence, redistributable, calendars, startTs, endTs } = header;
  const instruments = header.instruments.map(canonicalInstrument);
  const actions = header.actions.map(canonicalAction);
  const ordered = {
    v,
    title,
    sourceMarket,
    originKind,
    licence,
    redistributable,
    instruments,
    calendars,
    startTs,
    endTs,
    actions,
  };
  return `${JSON.stringify(ordered)}\n`;
}

/** A record's line, with its line feed. Every number must be finite. */
export function recordLine(record: TapeRecord): string {
  const head = `{"t":${record.t},"n":${record.n},"k":"${record.k}"`;
  switch (record.k) {
    case 'q':
      return `${head}${quoteText(record.quote)}}\n`;
    case 'b':
      return `${head}${barText(record.bar)}}\n`;
    case 'n':
      return `${head},"news":${JSON.stringify(canonicalNews(record.news))}}\n`;
    case 'c':
      return `${head},"action":${JSON.stringify(canonicalAction(record.action))}}\n`;
    case 'i':
      return `${head},"instrument":${JSON.stringify(canonicalInstrument(record.instrument))}}\n`;
    case 'h':
      return `${head},"health":${JSON.stringify({ state: record.health.state, reason: record.health.reason })}}\n`;
  }
}

/**
 * Reads the line of a header.
 * @throws FieldError when it is none.
 */
export function readHeader(line: string): TapeHeader {
  const fields = Fields.parse(line);
  fields.literal('v', 1);
  return {
    v: 1,
    title: fields.text('title'),
    sourceMarket: fields.text('sourceMarket'),
    originKind: fields.oneOf('originKind', KINDS),
    licence: fields.text('licence'),
    redistributable: fields.flag('redistributable'),
    instruments: fields.list('instruments').map(readInstrument),
    calendars: fields.texts('calendars').map((text) => one(text, CALENDAR_IDS)),
    startTs: fields.number('startTs'),
    endTs: fields.number('endTs'),
    actions: fields.list('actions').map(readAction),
  };
}

/**
 * Reads the line of a record.
 * @throws FieldError when it is none.
 */
export function readRecord(line: string): TapeRecord {
  const fields = Fields.parse(line);
  const t = fields.number('t');
  const n = fields.number('n');
  switch (fields.text('k')) {
    case 'q':
      return { t, n, k: 'q', quote: readQuote(fields) };
    case 'b':
      return { t, n, k: 'b', bar: readBar(fields) };
    case 'n':
      return { t, n, k: 'n', news: readNews(fields.inner('news')) };
    case 'c':
      return { t, n, k: 'c', action: readAction(fields.inner('action')) };
    case 'i':
      return { t, n, k: 'i', instrument: readInstrument(fields.inner('instrument')) };
    case 'h':
      return { t, n, k: 'h', health: readHealth(fields.inner('health')) };
    default:
      return fields.fail('k', 'is no kind of record');
  }
}

// ---- quotes and bars: the many, in short keys -----------------------------------------------------

function quoteText(quote: TapeQuote): string {
  const { symbol, price, bid, ask, bidSize, askSize, open, high, low, prevClose, volume } = quote;
  return (
    `,"s":"${symbol}"` +
    part('p', price) +
    part('b', bid) +
    part('a', ask) +
    part('bs', bidSize) +
    part('as', askSize) +
    part('o', open) +
    part('h', high) +
    part('l', low) +
    part('pc', prevClose) +
    part('v', volume) +
    `,"st":"${quote.marketState}","x":${quote.exchangeAt}` +
    part('d', quote.delayMinutes)
  );
}

function part(key: string, value: number | null): string {
  return value === null ? '' : `,"${key}":${value}`;
}

function readQuote(fields: Fields): TapeQuote {
  return {
    symbol: readSymbol(fields, 's'),
    price: fields.maybe('p'),
    bid: fields.maybe('b'),
    ask: fields.maybe('a'),
    bidSize: fields.maybe('bs'),
    askSize: fields.maybe('as'),
    open: fields.maybe('o'),
    high: fields.maybe('h'),
    low: fields.maybe('l'),
    prevClose: fields.maybe('pc'),
    volume: fields.maybe('v'),
    marketState: fields.oneOf('st', PHASES),
    exchangeAt: fields.number('x'),
    delayMinutes: fields.maybe('d'),
  };
}

function barText(bar: TapeBar): string {
  const flags = bar.flags.length === 0 ? '' : `,"f":${JSON.stringify(bar.flags)}`;
  return (
    `,"s":"${bar.symbol}","i":"${bar.interval}","ot":${bar.openTime},"ct":${bar.closeTime},"at":${bar.availableAt}` +
    `,"o":${bar.o},"h":${bar.h},"l":${bar.l},"c":${bar.c}${part('v', bar.volume)}${bar.extended ? ',"x":true' : ''}${flags}`
  );
}

function readBar(fields: Fields): TapeBar {
  return {
    symbol: readSymbol(fields, 's'),
    interval: fields.oneOf('i', INTERVALS),
    openTime: fields.number('ot'),
    closeTime: fields.number('ct'),
    availableAt: fields.number('at'),
    o: fields.number('o'),
    h: fields.number('h'),
    l: fields.number('l'),
    c: fields.number('c'),
    volume: fields.maybe('v'),
    complete: true,
    extended: fields.has('x') ? fields.flag('x') : false,
    flags: fields.has('f') ? fields.texts('f').map((text) => one(text, BAR_FLAGS)) : [],
  };
}

// ---- the few ------------------------------------------------------------------------------------

function canonicalNews(news: TapeNews): TapeNews {
  const { guid, title, summary, url, publisher, language, publishedAt, symbols } = news;
  return { guid, title, summary, url, publisher, language, publishedAt, symbols };
}

function readNews(fields: Fields): TapeNews {
  return {
    guid: fields.text('guid'),
    title: fields.text('title'),
    summary: fields.maybeText('summary'),
    url: fields.maybeText('url'),
    publisher: fields.text('publisher'),
    language: fields.maybeText('language'),
    publishedAt: fields.maybe('publishedAt'),
    symbols: fields.texts('symbols').map(symbolOf),
  };
}

function canonicalAction(action: CorporateAction): CorporateAction {
  const { symbol, type, exAt, ratio, amount, knownAt } = action;
  return { symbol, type, exAt, ratio, amount, knownAt };
}

function readAction(fields: Fields): CorporateAction {
  return {
    symbol: readSymbol(fields, 'symbol'),
    type: fields.oneOf('type', ACTION_TYPES),
    exAt: fields.number('exAt'),
    ratio: fields.maybe('ratio'),
    amount: fields.maybe('amount'),
    knownAt: fields.number('knownAt'),
  };
}

function canonicalInstrument(instrument: Instrument): Instrument {
  const { symbol, name, assetClass, mic, currency, tick, calendar, sector, validFrom, validTo, aliases } = instrument;
  return { symbol, name, assetClass, mic, currency, tick, calendar, sector, validFrom, validTo, aliases };
}

function readInstrument(fields: Fields): Instrument {
  return {
    symbol: readSymbol(fields, 'symbol'),
    name: fields.text('name'),
    assetClass: fields.oneOf('assetClass', ASSET_CLASSES),
    mic: fields.text('mic'),
    currency: fields.text('currency'),
    tick: fields.number('tick'),
    calendar: fields.oneOf('calendar', CALENDAR_IDS),
    sector: fields.maybeText('sector'),
    validFrom: fields.maybe('validFrom'),
    validTo: fields.maybe('validTo'),
    aliases: fields.texts('aliases'),
  };
}

function readHealth(fields: Fields): TapeHealth {
  return { state: fields.oneOf('state', HEALTH_STATES), reason: fields.maybeText('reason') };
}

function readSymbol(fields: Fields, key: string): Symbol {
  return symbolOf(fields.text(key));
}

const symbols = new Map<string, Symbol>();
const SYMBOLS_KEPT = 20_000;

/** A symbol of a line; the same object for the same text, since a tape says it a million times. */
function symbolOf(text: string): Symbol {
  const known = symbols.get(text);
  if (known !== undefined) return known;
  const symbol = parseSymbol(text);
  if (symbol === null || symbol !== text) return Fields.refuse(`"${text.slice(0, 40)}" is no symbol`);
  if (symbols.size < SYMBOLS_KEPT) symbols.set(text, symbol);
  return symbol;
}

function one<T extends string>(text: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(text)) Fields.refuse(`"${text.slice(0, 40)}" is not known`);
  return text as T;
}
