/**
 * Turns `src/tokens/tokens.json` into `tokens.css` (custom properties) and `tokens.ts` (constants for canvas libraries,
 * which cannot read custom properties). Run: `node libs/ui/tools/generate-tokens.ts`; with `--check` it only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

type Scale = Record<string, string>;
type ThemeJson = Record<string, string | number | string[]> & { series: string[]; scheme: string };
interface TokensJson {
  space: Scale;
  radius: Scale;
  font: Scale;
  line: Scale;
  motion: Scale;
  family: Scale;
  layer: Scale;
  themes: Record<'dark' | 'light' | 'contrast', ThemeJson>;
  greenRed: Record<'dark' | 'light' | 'contrast', { green: string; red: string }>;
  frames: Scale;
  density: Record<string, Scale>;
  component: Scale;
}

const SCALES = ['space', 'radius', 'font', 'line', 'motion', 'family', 'layer'] as const;
const THEMES = ['dark', 'light', 'contrast'] as const;
const NOTICE = 'Generated from tokens.json by libs/ui/tools/generate-tokens.ts. Do not edit.';
const SYSTEM = ":root:not([data-theme='dark'], [data-theme='light'], [data-theme='contrast'])";

const property = (name: string, value: string | number): string => `  --z-${name.replaceAll('_', '-')}: ${value};`;
const block = (selector: string, lines: string[]): string => `${selector} {\n${lines.join('\n')}\n}\n`;
const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

function themeLines(theme: ThemeJson): string[] {
  const lines = [`  color-scheme: ${theme.scheme};`];
  for (const [name, value] of Object.entries(theme)) {
    if (name === 'scheme' || name === 'series') continue;
    lines.push(property(name, name === 'flash-strength' ? `${value as number}%` : (value as string)));
  }
  theme.series.forEach((colour, index) => lines.push(property(`series-${index + 1}`, colour)));
  return lines;
}

/** Gain and loss as the reader chose them; the safe pair is part of each theme and needs no rule. */
function gainRules(tokens: TokensJson, theme: (typeof THEMES)[number], scope: (gain: string) => string): string {
  const { green, red } = tokens.greenRed[theme];
  return (
    block(scope('green-red'), [property('gain', green), property('loss', red)]) +
    block(scope('red-up'), [property('gain', red), property('loss', green)])
  );
}

function renderCss(tokens: TokensJson): string {
  const primitive = SCALES.flatMap((scale) =>
    Object.entries(tokens[scale]).map(([name, value]) => property(`${scale}-${name}`, value)),
  );
  const frames = Object.entries(tokens.frames).map(([name, value]) => property(`frame-${name}`, value));
  const component = Object.entries(tokens.component).map(([name, value]) => property(name, value));
  // Declared on every themed scope: a property that refers to another is resolved where it is declared.
  const derived = [
    property('flash-up', 'color-mix(in srgb, var(--z-gain) var(--z-flash-strength), transparent)'),
    property('flash-down', 'color-mix(in srgb, var(--z-loss) var(--z-flash-strength), transparent)'),
    property('focus', 'var(--z-accent)'),
    property('watermark', 'color-mix(in srgb, var(--z-text) 11%, transparent)'),
  ];
  const parts = [
    `/* ${NOTICE} */\n`,
    block(':root', [...primitive, ...frames, ...component]),
    ...THEMES.map((name) => {
      const selector = name === 'dark' ? ":root, [data-theme='dark']" : `[data-theme='${name}']`;
      return (
        block(selector, themeLines(tokens.themes[name])) +
        gainRules(tokens, name, (gain) =>
          name === 'dark'
            ? `:root[data-gain='${gain}'], [data-gain='${gain}'] [data-theme='dark']`
            : `[data-theme='${name}'][data-gain='${gain}'], [data-gain='${gain}'] [data-theme='${name}']`,
        )
      );
    }),
    ...(['light', 'contrast'] as const).map((name) => {
      const query = name === 'light' ? '(prefers-color-scheme: light)' : '(prefers-contrast: more)';
      const rules =
        block(SYSTEM, themeLines(tokens.themes[name])) +
        gainRules(tokens, name, (gain) => `${SYSTEM}[data-gain='${gain}']`);
      return `@media ${query} {\n${indent(rules)}}\n`;
    }),
    block(':root, [data-theme]', derived),
    ...Object.entries(tokens.density).map(([name, scale]) =>
      block(
        name === 'compact' ? ":root, [data-density='compact']" : `[data-density='${name}']`,
        Object.entries(scale).map(([key, value]) => property(`density-${key}`, value)),
      ),
    ),
  ];
  return parts.join('\n');
}

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function renderTs(tokens: TokensJson): string {
  const themes = THEMES.map((name) => {
    const entries = Object.entries(tokens.themes[name]).map(([key, value]) => {
      if (Array.isArray(value)) return `    ${camel(key)}: [${value.map((colour) => `'${colour}'`).join(', ')}],`;
      return `    ${camel(key)}: ${typeof value === 'number' ? value : `'${value}'`},`;
    });
    return `  ${name}: {\n${entries.join('\n')}\n  },`;
  });
  const pairs = THEMES.map(
    (name) => `  ${name}: { green: '${tokens.greenRed[name].green}', red: '${tokens.greenRed[name].red}' },`,
  );
  const frames = Object.entries(tokens.frames).map(([name, value]) => `  ${name}: '${value}',`);
  const rows = Object.entries(tokens.density).map(
    ([name, scale]) => `  ${name}: ${Number.parseInt(scale['row'] ?? '', 10)},`,
  );
  return `// ${NOTICE}
export const THEME_NAMES = ['dark', 'light', 'contrast'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

/** Colours of each theme, for canvas libraries. Everything else reads the custom properties of tokens.css. */
export const THEME_TOKENS = {
${themes.join('\n')}
} as const;

/** The green and red pair of the two settings that are not colour-blind safe. */
export const GREEN_RED = {
${pairs.join('\n')}
} as const;

/** Colours of the environment frame; text on them is \`text\`. */
export const FRAME_TOKENS = {
${frames.join('\n')}
} as const;

/** Height of a grid row in px, by density. */
export const ROW_HEIGHT = {
${rows.join('\n')}
} as const;
export type Density = keyof typeof ROW_HEIGHT;
`;
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The generated files by path, as they should be now. */
async function generated(): Promise<{ path: string; text: string }[]> {
  const tokens = JSON.parse(readFileSync(at('../src/tokens/tokens.json'), 'utf8')) as TokensJson;
  const css = at('../src/tokens/tokens.css');
  const ts = at('../src/tokens/tokens.ts');
  const config = await resolveConfig(css);
  return [
    { path: css, text: await format(renderCss(tokens), { ...config, parser: 'css' }) },
    { path: ts, text: await format(renderTs(tokens), { ...config, parser: 'typescript' }) },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, text } of await generated()) {
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`${path} is stale: run node libs/ui/tools/generate-tokens.ts`);
      process.exitCode = 1;
    }
  }
}
