/** A cell of an export: a number stays a number, missing is empty. */
export type CsvCell = string | number | boolean | null | undefined;

const FORMULA = /^[=+\-@\t\r]/;

/** One cell. Text that a spreadsheet would run as a formula is made harmless by an apostrophe; numbers are left alone. */
export function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180: comma, CRLF, quotes where needed. */
export function csvText(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(',') + '\r\n').join('');
}

/** `ziggy_symbol-aapl-5m_SIMULATED_sim-1-9f2c01ab_20260304T153000Z.csv`: says what it is even outside the portal. */
export function csvName(page: string, market: string, kind: string | null, at: number): string {
  const safe = (text: string): string => text.replaceAll(/[^A-Za-z0-9.^=]+/g, '-').replaceAll(/^-|-$/g, '');
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const mark = kind === 'simulated' || kind === 'recorded' ? [kind.toUpperCase()] : [];
  return ['ziggy', safe(page), ...mark, safe(market), time].join('_') + '.csv';
}

/** Hands a file to the browser. */
export function saveText(document: Document, name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
