import { ln } from './exact-math.ts';
import { HashPrefix } from './sha256.ts';

const { sqrt } = Math;

const TO_UNIT = 1 / 4_294_967_296;

/**
 * A stream of chance keyed by what it is for: SHA-256 of `seed|purpose|symbol|session` seeds sfc32 (C. Doty-Humphrey,
 * PractRand). Two streams with different keys are independent, so nothing depends on who asked first.
 */
export class Stream {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #spare = 0;
  #hasSpare = false;

  constructor(key: string) {
    this.rekey(new HashPrefix(key), '');
  }

  /** Starts the stream of another key in place; for loops over sessions. */
  rekey(prefix: HashPrefix, rest: string): this {
    const words = prefix.words(rest);
    this.#a = words[0] as number;
    this.#b = words[1] as number;
    this.#c = words[2] as number;
    this.#d = words[3] as number;
    this.#hasSpare = false;
    return this;
  }

  /** 32 random bits. */
  bits(): number {
    const t = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform inside (0, 1), never an end. */
  uniform(): number {
    return (this.bits() + 0.5) * TO_UNIT;
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare;
    }
    let u: number;
    let v: number;
    let s: number;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const scale = sqrt((-2 * ln(s)) / s);
    this.#spare = v * scale;
    this.#hasSpare = true;
    return u * scale;
  }

  /**
   * Student's t with an even number of degrees of freedom above 2, scaled to variance 1. Chi-square with 2k degrees is
   * -2 ln of a product of k uniforms.
   */
  studentT(degrees: number): number {
    const z = this.normal();
    let product = 1;
    for (let i = 0; i < degrees; i += 2) product *= this.uniform();
    return z * sqrt((degrees - 2) / (-2 * ln(product)));
  }
}
