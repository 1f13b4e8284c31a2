/** What is wrong with a line that should hold an IP address or a CIDR range; null when nothing is. The server judges again. */
export function rangeFault(line: string): string | null {
  const [base = '', bits, more] = line.split('/');
  const width = isV4(base) ? 32 : isV6(base) ? 128 : 0;
  if (width === 0 || more !== undefined) return `${line} is no IP address or CIDR range.`;
  if (bits === undefined) return null;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? null : `${line}: the part behind / is from 0 to ${width}.`;
}

function isV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** By the browser's own parser of addresses. */
function isV6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}
