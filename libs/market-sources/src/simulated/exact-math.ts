/**
 * `exp` and `ln` that give the same bits on every engine: only + - * / and square roots (exactly rounded by IEEE 754),
 * comparisons and integers. The built-in ones may differ in the last bit, and a simulated market must not.
 */

const { floor, sqrt } = Math;

const LN2_HIGH = 0.6931471803691238; // the low 32 bits are 0, so k * LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;
const STEPS = 64;
const STEPS_OVER_LN2 = STEPS / (LN2_HIGH + LN2_LOW);
const STEP_HIGH = LN2_HIGH / STEPS;
const STEP_LOW = LN2_LOW / STEPS;

/** 2^(i/64), from repeated square roots of 2. */
const POWERS = new Float64Array(STEPS);
{
  const roots: number[] = [];
  for (let root = sqrt(2), i = 0; i < 6; i++, root = sqrt(root)) roots.push(root);
  for (let i = 0; i < STEPS; i++) {
    let power = 1;
    for (let bit = 0; bit < 6; bit++) if (i & (32 >> bit)) power *= roots[bit] as number;
    POWERS[i] = power;
  }
}

/** 2^e for e of -1022..1023. */
const SCALES = new Float64Array(2046);
{
  SCALES[1022] = 1;
  for (let e = 1; e <= 1023; e++) SCALES[1022 + e] = (SCALES[1021 + e] as number) * 2;
  for (let e = -1; e >= -1022; e--) SCALES[1022 + e] = (SCALES[1023 + e] as number) / 2;
}

/** e^x within 1e-15 relative; 0 below -708, Infinity above 709. */
export function exp(x: number): number {
  if (!(x > -708)) return x !== x ? x : 0;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const k = floor(x * STEPS_OVER_LN2 + 0.5);
  const r = x - k * STEP_HIGH - k * STEP_LOW;
  const series = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
  return series * (POWERS[k & (STEPS - 1)] as number) * (SCALES[1022 + (k >> 6)] as number);
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
/** Index of the word with sign and exponent, whatever the byte order of the machine. */
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** Natural logarithm within 1e-15 absolute or relative, whichever is larger; `x` must be a normal positive number. */
export function ln(x: number): number {
  float[0] = x;
  const high = words[HIGH] as number;
  let e = (high >>> 20) - 1023;
  words[HIGH] = (high & 0xfffff) | 0x3ff00000;
  let m = float[0] as number;
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const tail =
    z *
    (1 / 3 +
      z *
        (1 / 5 +
          z *
            (1 / 7 +
              z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z * (1 / 21))))))))));
  return e * LN2_HIGH + (2 * s + (2 * s * tail + e * LN2_LOW));
}
