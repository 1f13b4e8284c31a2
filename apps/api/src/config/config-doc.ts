import * as z from 'zod';
import { VARIABLE_GROUPS, variableMeta } from './config.ts';

const TITLES: Record<keyof typeof VARIABLE_GROUPS, string> = {
  server: 'Server',
  database: 'Database',
  market: 'Market and its source',
  stream: 'Streams',
  identity: 'Identity and limits',
  mail: 'Mail',
};

/** The page `docs/configuration.md`: every variable that the process honours, from the schema itself. */
export function configurationPage(): string {
  const sections = Object.entries(VARIABLE_GROUPS).map(([group, variables]) => {
    const rows = Object.entries(variables).map(([name, schema]) => row(name, schema));
    return `## ${TITLES[group as keyof typeof VARIABLE_GROUPS]}\n\n| variable | allowed | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}`;
  });
  return `# Configuration

Environment variables, read once at the start. Generated from the schema by \`npm run config:doc\`; do not edit.
\`npm run config:check\` reads the present environment and names every fault at once. In development an \`.env\` file in the
workspace fills what is not set. An empty variable counts as unset.

${sections.join('\n\n')}
`;
}

function row(name: string, schema: z.ZodType): string {
  const { description, secret } = variableMeta(schema);
  const { allowed, fallback } = allowedOf(schema);
  return `| \`${name}\` | ${cell(allowed)} | ${fallback === '' ? '' : `\`${cell(fallback)}\``} | ${cell(description)}${secret ? ' Secret.' : ''} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** What a schema takes, in words, and its default; from the JSON Schema of its input. */
function allowedOf(schema: z.ZodType): { allowed: string; fallback: string } {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  const input = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const fallback = json.default ?? input.default;
  return { allowed: wordsOf(json, input), fallback: fallback === undefined || fallback === '' ? '' : String(fallback) };
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly items?: JsonSchema;
}

function wordsOf(json: JsonSchema, input: JsonSchema): string {
  if (json.enum !== undefined) return json.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (json.type === 'boolean') return '`true`, `false`';
  if (json.type === 'array')
    return `comma list${json.items?.type === 'string' && json.items.enum === undefined && json.items.format === undefined ? '' : ` of ${wordsOf(json.items ?? {}, json.items ?? {})}`}`;
  if (json.type === 'integer' || json.type === 'number') {
    const range =
      json.minimum !== undefined && json.maximum !== undefined ? `, ${json.minimum} to ${json.maximum}` : '';
    return `${json.type === 'integer' ? 'whole number' : 'number'}${range}`;
  }
  const text = json.type === 'string' ? json : input;
  if (text.format === 'uri') return 'URL';
  const choices = /^\^\(([\w:.|-]+)\)\$$/.exec(text.pattern ?? '')?.[1];
  if (choices !== undefined)
    return choices
      .split('|')
      .map((choice) => `\`${choice}\``)
      .join(', ');
  if (text.pattern !== undefined) return `\`${text.pattern}\``;
  if (text.minLength !== undefined && text.maxLength !== undefined)
    return `text of ${text.minLength} to ${text.maxLength} characters`;
  return 'text';
}
