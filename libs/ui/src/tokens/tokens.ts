// Generated from tokens.json by libs/ui/tools/generate-tokens.ts. Do not edit.
export const THEME_NAMES = ['dark', 'light', 'contrast'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

/** Colours of each theme, for canvas libraries. Everything else reads the custom properties of tokens.css. */
export const THEME_TOKENS = {
  dark: {
    scheme: 'dark',
    background: '#0E1116',
    surface: '#161B22',
    raised: '#1E252E',
    text: '#E6EAF0',
    muted: '#9AA6B5',
    accent: '#6CB2FF',
    onAccent: '#0E1116',
    gain: '#35C9C2',
    loss: '#FF8552',
    warning: '#F2C14E',
    danger: '#FF7A7A',
    control: '#7A8594',
    separator: '#2A323D',
    hover: '#222A34',
    selected: '#1B2D42',
    shadow: '#00000099',
    flashStrength: 16,
    series: ['#6CB2FF', '#F2C14E', '#35C9C2', '#FF8552', '#C39BFF', '#8FD16A', '#FF8FC0', '#B8C2CF'],
  },
  light: {
    scheme: 'light',
    background: '#F6F8FA',
    surface: '#FFFFFF',
    raised: '#EEF2F6',
    text: '#161B22',
    muted: '#525E6C',
    accent: '#0B5CAD',
    onAccent: '#FFFFFF',
    gain: '#006A6A',
    loss: '#B03A00',
    warning: '#7A5200',
    danger: '#B3162B',
    control: '#6E7A88',
    separator: '#D5DCE4',
    hover: '#E7ECF2',
    selected: '#DCE9F7',
    shadow: '#161B2233',
    flashStrength: 10,
    series: ['#0B5CAD', '#7A5200', '#006A6A', '#B03A00', '#6B3FB5', '#3A6B12', '#A3296D', '#475260'],
  },
  contrast: {
    scheme: 'dark',
    background: '#000000',
    surface: '#000000',
    raised: '#0A0A0A',
    text: '#FFFFFF',
    muted: '#D6DCE4',
    accent: '#7CC4FF',
    onAccent: '#000000',
    gain: '#5CE1F2',
    loss: '#FFA05C',
    warning: '#FFD966',
    danger: '#FFA3A3',
    control: '#FFFFFF',
    separator: '#6B7684',
    hover: '#1C2229',
    selected: '#0F2A42',
    shadow: '#FFFFFF40',
    flashStrength: 16,
    series: ['#7CC4FF', '#FFD966', '#5CE1F2', '#FFA05C', '#D4B8FF', '#B0E58C', '#FFB0D4', '#E6EAF0'],
  },
} as const;

/** The green and red pair of the two settings that are not colour-blind safe. */
export const GREEN_RED = {
  dark: { green: '#4CC38A', red: '#FF7A85' },
  light: { green: '#166F3B', red: '#B3162B' },
  contrast: { green: '#6FE3A1', red: '#FF9AA2' },
} as const;

/** Colours of the environment frame; text on them is `text`. */
export const FRAME_TOKENS = {
  live: '#0F7A58',
  delayed: '#8A5A00',
  end_of_day: '#566273',
  recorded: '#6456CC',
  simulated: '#A0338F',
  halted: '#C21A31',
  text: '#FFFFFF',
} as const;

/** Height of a grid row in px, by density. */
export const ROW_HEIGHT = {
  compact: 24,
  cosy: 28,
  comfortable: 36,
} as const;
export type Density = keyof typeof ROW_HEIGHT;
