const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it, safe in an element and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.6 system-ui,sans-serif}
body{max-width:46rem;margin:3rem auto;padding:0 1.25rem;color:light-dark(#1b2430,#dfe6ee);background:light-dark(#fff,#0f141a)}
h1{font-size:1.6rem;line-height:1.25}code,pre{font:0.92em ui-monospace,monospace;background:light-dark(#eef1f5,#1b232d);border-radius:4px;padding:.1em .35em}
pre{padding:1rem;overflow-x:auto}a{color:light-dark(#0b5cad,#7cb7ff)}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid light-dark(#d9dfe6,#2a333e);vertical-align:top}
.muted{color:light-dark(#55606d,#93a1b1)}`;

/** A small page of the server itself. `body` is HTML: every value in it must have gone through `escapeHtml`. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)} · ZiggyAI</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`;
}

export const HTML = 'text/html; charset=utf-8';
