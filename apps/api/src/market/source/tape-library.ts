import { SP500_TAPE, TAPE_SUFFIX, TapeError, loadSp500Daily, openTape, summarizeTape } from '@ziggy/market-sources';
import type { Tape, TapeFileSummary } from '@ziggy/market-sources';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of tapes and the beginnings of their ids; both stand behind `tape:` in MARKET_SOURCE. */
export const TAPE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const ID_START = /^[0-9a-f]{8,64}$/;

export interface TapeEntry {
  /** Name of the file in the folder. */
  readonly file: string;
  readonly summary: TapeFileSummary;
}

export interface UnreadableTape {
  readonly file: string;
  readonly error: TapeError;
}

/** The tapes of one folder, and the bundled series. */
export class TapeLibrary {
  readonly dir: string;
  readonly #seriesDir: string | null;

  /** @param seriesDir folder of the bundled series, or null for the one of its package. */
  constructor(dir: string, seriesDir: string | null) {
    this.dir = dir;
    this.#seriesDir = seriesDir;
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  /** Every tape of the folder by its name, and the files that are no whole tape. */
  async list(): Promise<{ readonly tapes: TapeEntry[]; readonly unreadable: UnreadableTape[] }> {
    const tapes: TapeEntry[] = [];
    const unreadable: UnreadableTape[] = [];
    for (const file of await this.#files()) {
      try {
        tapes.push({ file, summary: await summarizeTape(this.path(file)) });
      } catch (error) {
        if (!(error instanceof TapeError)) throw error;
        unreadable.push({ file, error });
      }
    }
    return { tapes, unreadable };
  }

  /** The bundled series; `null` where it is not installed. */
  async bundled(): Promise<Tape | null> {
    try {
      return await loadSp500Daily(this.#seriesDir);
    } catch (error) {
      if (error instanceof TapeError && error.code === 'tape_absent') return null;
      throw error;
    }
  }

  /**
   * Opens a tape and checks it from end to end.
   * @param name `sp500-daily`, a file of the folder with or without its ending, or the first 8 or more digits of an id.
   * @throws TapeError `tape_absent` naming what there is, `tape_corrupt` naming the first bad record.
   */
  async open(name: string): Promise<Tape> {
    if (name === SP500_TAPE) return loadSp500Daily(this.#seriesDir);
    const file = await this.find(name);
    if (file === null) {
      throw new TapeError(
        'tape_absent',
        `There is no tape "${name}" in ${this.dir}; \`tape list\` shows what there is.`,
      );
    }
    return openTape(this.path(file));
  }

  /** File of a tape by its name or the beginning of its id; `null` when there is none. */
  async find(name: string): Promise<string | null> {
    const files = await this.#files();
    const wanted = name.endsWith(TAPE_SUFFIX) ? name : `${name}${TAPE_SUFFIX}`;
    if (files.includes(wanted)) return wanted;
    if (!ID_START.test(name)) return null;
    for (const file of files) {
      const summary = await summarizeTape(this.path(file)).catch(() => null);
      if (summary?.id.startsWith(name) === true) return file;
    }
    return null;
  }

  async #files(): Promise<string[]> {
    try {
      const names = await readdir(this.dir);
      return names.filter((name) => name.endsWith(TAPE_SUFFIX) && TAPE_NAME.test(name)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
