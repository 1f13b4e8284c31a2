import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';

const WRITE_EVERY_MS = 10_000;

/** When each API key was used last. Written together now and then, so that a request writes nothing. */
@Injectable()
export class KeyUse implements BeforeApplicationShutdown {
  readonly #db: DataSource;
  readonly #clock: WallClock;
  readonly #log: Logger;
  readonly #used = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(@InjectDataSource() db: DataSource, clock: WallClock, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#log = logger.child({ context: 'KeyUse' });
  }

  /** @param credential `key:<id>` */
  note(credential: string): void {
    this.#used.set(credential.slice('key:'.length), this.#clock.now());
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref();
  }

  /** Writes down what is not written yet; also asked for before keys are listed. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#used.size === 0) return;
    const ids = [...this.#used.keys()];
    const times = [...this.#used.values()].map((at) => new Date(at));
    this.#used.clear();
    try {
      await this.#db.query(
        `UPDATE api_key SET last_used_at = greatest(last_used_at, used.at)
         FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at) WHERE api_key.id = used.id`,
        [ids, times],
      );
    } catch (error) {
      this.#log.warn({ err: error }, 'the last use of API keys could not be written');
    }
  }

  /** The database is still there now; in `onApplicationShutdown` it may be gone. */
  beforeApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}
