/** Colour arithmetic of the token tests. Colours are `#RRGGBB`. */
type Triple = readonly [number, number, number];

const channels = (hex: string): Triple =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Triple;
const linear = (channel: number): number => {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

function luminance(hex: string): number {
  const [r, g, b] = channels(hex).map(linear) as unknown as Triple;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2 contrast ratio. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `share` of `top` over `under`, as color-mix in sRGB with transparent does. */
export function mixed(top: string, under: string, share: number): string {
  const below = channels(under);
  const parts = channels(top).map((channel, index) => Math.round(channel * share + below[index]! * (1 - share)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB. */
const BLINDNESS = {
  red: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  green: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  blue: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const;

function lab(rgb: readonly number[]): Triple {
  const [r, g, b] = rgb.map((channel) => Math.min(1, Math.max(0, channel))) as unknown as Triple;
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE 1976 colour difference of two colours as a person without that cone sees them. */
export function simulatedDistance(a: string, b: string, blind: keyof typeof BLINDNESS): number {
  const seen = (hex: string): Triple => {
    const light = channels(hex).map(linear);
    return lab(BLINDNESS[blind].map((row) => row.reduce((sum, weight, index) => sum + weight * light[index]!, 0)));
  };
  const [one, two] = [seen(a), seen(b)];
  return Math.hypot(...one.map((value, index) => value - two[index]!));
}
