import { createTheme } from 'ag-grid-community';
import type { Theme } from 'ag-grid-community';

const icon = (path: string): string =>
  `<svg viewBox="0 0 20 20" width="12" height="12" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="${path}"/></svg>`;

/** Own icons: the library's are data URIs, which the content security policy does not load. */
export const GRID_ICONS = {
  sortAscending: icon('M5 12.5 10 7.5 15 12.5'),
  sortDescending: icon('M5 7.5 10 12.5 15 7.5'),
};

let theme: Theme | undefined;

/** Our tokens as the grid's theme; custom properties, so that a change of theme needs nothing from the grid. */
export function gridTheme(): Theme {
  return (theme ??= createTheme().withParams({
    accentColor: 'var(--z-accent)',
    backgroundColor: 'var(--z-surface)',
    dataBackgroundColor: 'var(--z-surface)',
    borderColor: 'var(--z-separator)',
    borderRadius: 0,
    browserColorScheme: 'inherit',
    cellHorizontalPadding: 8,
    cellTextColor: 'var(--z-text)',
    chromeBackgroundColor: 'var(--z-raised)',
    columnBorder: false,
    focusShadow: 'none',
    fontFamily: 'inherit',
    fontSize: 'var(--z-density-body)',
    dataFontSize: 'var(--z-density-body)',
    foregroundColor: 'var(--z-text)',
    headerBackgroundColor: 'var(--z-raised)',
    headerColumnBorder: false,
    headerColumnResizeHandleColor: 'var(--z-separator)',
    headerFontSize: 'var(--z-font-11)',
    headerFontWeight: 500,
    headerRowBorder: { color: 'var(--z-separator)' },
    headerTextColor: 'var(--z-muted)',
    iconSize: 12,
    oddRowBackgroundColor: 'var(--z-surface)',
    pinnedColumnBorder: { color: 'var(--z-separator)' },
    rangeSelectionBorderColor: 'var(--z-focus)',
    rowBorder: { color: 'color-mix(in srgb, var(--z-separator) 60%, transparent)' },
    rowHoverColor: 'var(--z-hover)',
    selectedRowBackgroundColor: 'var(--z-selected)',
    spacing: 4,
    subtleTextColor: 'var(--z-muted)',
    textColor: 'var(--z-text)',
    wrapperBorder: false,
    wrapperBorderRadius: 0,
  }));
}

export const GRID_STYLES = `
  z-quote-grid { display: block; min-block-size: 0; min-inline-size: 0; }
  .z-grid-box { block-size: 100%; }
  /* A cell's size is the column's: what changes in it is laid out and painted in it alone. */
  z-quote-grid .ag-cell { contain: strict; }
  z-quote-grid .ag-cell:not(.z-grid-name) { line-height: var(--z-line-figure); display: flex; align-items: center; }
  z-quote-grid .ag-cell.ag-right-aligned-cell { justify-content: flex-end; }
  z-quote-grid .ag-cell > .ag-cell-wrapper { inline-size: 100%; block-size: 100%; }
  z-quote-grid .ag-cell .z-fig { padding: 2px 3px; margin-inline-end: -3px; }
  z-quote-grid .z-grid-name { color: var(--z-muted); overflow: hidden; text-overflow: ellipsis; }
  z-quote-grid .z-grid-symbol { font-weight: 600; cursor: pointer; }
  z-quote-grid .z-grid-symbol:hover { color: var(--z-accent); text-decoration: underline; text-underline-offset: 2px; }
  z-quote-grid .z-grid-spark { display: flex; align-items: center; inline-size: 100%; color: var(--z-muted); }
  z-quote-grid .z-grid-regime { display: flex; align-items: baseline; justify-content: space-between; gap: 4px; inline-size: 100%; }
  z-quote-grid .z-grid-regime .z-unit { font-size: var(--z-font-11); }
  z-quote-grid .z-grid-regime-label[data-regime='Panic'] { font-weight: 600; }
  z-quote-grid .ag-cell-focus:not(.ag-cell-range-selected):focus-within,
  z-quote-grid .ag-header-cell:focus-visible {
    outline: var(--z-focus-width) solid var(--z-focus);
    outline-offset: -2px;
  }
  z-quote-grid .ag-header-cell-text { white-space: nowrap; }
`;
