/**
 * The line icons: 20 x 20, drawn on a 1.5 px stroke with round ends. Each entry is the path data of one icon; the name is
 * what it shows, not what it does.
 */
export const ICONS = {
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.5-1.5L17 17',
  chart: 'M3 3v14h14M6.5 13.5V9M10 13.5V5.5M13.5 13.5v-6',
  candles: 'M6 3v2.5M6 14v3M4 5.5h4V14H4ZM14 3v4M14 12v5M12 7h4v5h-4Z',
  table: 'M3 4h14v12H3ZM3 8h14M3 12h14M8 8v8',
  desk: 'M3 3h6v6H3ZM11 3h6v4h-6ZM11 9h6v8h-6ZM3 11h6v6H3Z',
  markets: 'M2.5 13.5 7 8.5l3.5 3 6.5-7M13 4.5h4v4',
  news: 'M3 4h11v12H4a1 1 0 0 1-1-1ZM14 8h3v7a1 1 0 0 1-2 0M5.5 7.5h6M5.5 10.5h6M5.5 13.5h4',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.5 1h-13ZM8 17a2 2 0 0 0 4 0',
  signal:
    'M10 10h.01M7 13a4.2 4.2 0 0 1 0-6M13 7a4.2 4.2 0 0 1 0 6M4.5 15.5a7.8 7.8 0 0 1 0-11M15.5 4.5a7.8 7.8 0 0 1 0 11',
  portfolio: 'M3 6.5h14V16H3ZM7 6.5V4h6v2.5M3 11h14',
  pulse: 'M2 10h3.5L8 4.5l4 11 2.5-5.5H18',
  brain:
    'M10 4v12M10 5.5a2.5 2.5 0 0 0-4.6 1A3 3 0 0 0 4 12a3 3 0 0 0 6 1.5M10 5.5a2.5 2.5 0 0 1 4.6 1A3 3 0 0 1 16 12a3 3 0 0 1-6 1.5',
  chat: 'M3 4h14v9.5H9L5.5 17v-3.5H3Z',
  gear: 'M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 2.5v2.2M10 15.3v2.2M2.5 10h2.2M15.3 10h2.2M4.7 4.7l1.6 1.6M13.7 13.7l1.6 1.6M15.3 4.7l-1.6 1.6M6.3 13.7l-1.6 1.6',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.5V14M10 6.5h.01',
  warning: 'M10 3.5 17.5 16h-15ZM10 8.5V12M10 14h.01',
  error: 'M7.1 3h5.8L17 7.1v5.8L12.9 17H7.1L3 12.9V7.1ZM7.5 7.5l5 5M12.5 7.5l-5 5',
  check: 'M4 10.5 8 14.5 16 6',
  close: 'M5 5l10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  'chevron-down': 'M5 7.5 10 12.5 15 7.5',
  'chevron-up': 'M5 12.5 10 7.5 15 12.5',
  'chevron-left': 'M12.5 5 7.5 10 12.5 15',
  'chevron-right': 'M7.5 5 12.5 10 7.5 15',
  'arrow-up': 'M10 16V4M5 9l5-5 5 5',
  'arrow-down': 'M10 4v12M5 11l5 5 5-5',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1',
  moon: 'M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z',
  contrast: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 3v14M10 6l5 2.5M10 10h7M10 14l5-2.5',
  monitor: 'M3 4h14v9.5H3ZM10 13.5V17M6.5 17h7',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4 15 10l-8.5 6Z',
  refresh: 'M16 6.5A7 7 0 1 0 17 10M16.5 3v4h-4',
  copy: 'M7 7h9v10H7ZM13 7V3H4v10h3',
  link: 'M8.5 11.5l3-3M9 6.5 11 4.5a3 3 0 0 1 4.5 4.5l-2 2M11 13.5l-2 2A3 3 0 0 1 4.5 11l2-2',
  external: 'M11.5 3.5h5v5M16.5 3.5 9 11M13.5 11.5v5h-10v-10h5',
  download: 'M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.5l3 2',
  lock: 'M5 9h10v8H5ZM7 9V6.5a3 3 0 0 1 6 0V9',
  user: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3.5 17a6.5 6.5 0 0 1 13 0',
  star: 'M10 3l2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6Z',
  filter: 'M3 4h14l-5.5 6.5V16l-3 1v-6.5Z',
  columns: 'M3 4h14v12H3ZM8 4v12M12.5 4v12',
  sliders: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4',
  keyboard: 'M2.5 5h15v10h-15ZM5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M6.5 12h7',
  plug: 'M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0ZM10 15v3',
  offline:
    'M3 3l14 14M5 10.5a7 7 0 0 1 3-2M12.5 8.7a7 7 0 0 1 2.5 1.8M2.5 7.5a11 11 0 0 1 3.7-2.3M9.5 4.5a11 11 0 0 1 8 3M7.8 13a3.2 3.2 0 0 1 4 0M10 16h.01',
  logo: 'M4 5h12L6 15h11M13.5 10h3',
} as const satisfies Record<string, string>;

export type IconName = keyof typeof ICONS;
export const ICON_NAMES = Object.keys(ICONS) as readonly IconName[];
