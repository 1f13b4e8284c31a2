import type { RegimeLabel } from '@ziggy/contracts';
import type { RegimeInput } from '../src/regime/regime-rules.ts';

/** Inputs in which nothing is unknown. */
export type CertainInput = { readonly [K in keyof RegimeInput]: Exclude<RegimeInput[K], null> };

/** The table of brain.md section 4 read line by line, for certain inputs only; written apart from the machine. */
export class ReferenceRegime {
  label: RegimeLabel | null = null;
  #sessionsHeld = 0;
  #calmRun = 0;

  step(i: CertainInput): RegimeLabel {
    const trigger =
      (i.idxVolPct > 0.95 && i.idxVol20 > 1.75 * i.idxVol20Median252) ||
      i.idxRet1 < -0.03 ||
      i.idxRet1 < -3.5 * i.idxSigmaDayPrev;
    this.#calmRun = !trigger && i.idxVolPct < 0.85 ? this.#calmRun + 1 : 0;
    const riskOff = i.breadth50 < 40 && i.idxSlope20T < 0;
    const riskOn = i.breadth50 > 60 && i.idxSlope20T > 0;
    const successor = riskOff ? 'RiskOff' : riskOn ? 'RiskOn' : 'Chop';
    if (trigger) return this.#become('Panic');
    if (this.label === null) return this.#become(successor);
    const leaves = {
      Panic: this.#calmRun >= 3,
      RiskOff: i.breadth50 >= 45 || i.idxSlope20T > 1,
      RiskOn: i.breadth50 <= 55 || i.idxSlope20T < -1,
      Chop: riskOff || riskOn,
    }[this.label];
    return this.#become(leaves && this.#sessionsHeld >= 3 ? successor : this.label);
  }

  #become(label: RegimeLabel): RegimeLabel {
    if (this.label === label) {
      this.#sessionsHeld++;
    } else {
      this.label = label;
      this.#sessionsHeld = 1;
      this.#calmRun = 0;
    }
    return label;
  }
}
