import pg from 'pg';
import { BehaviorSubject, distinctUntilChanged } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Logger } from '../platform/logger.ts';
import { withinDeadline } from '../platform/deadline.ts';

/**
 * `leader`: this process holds the lock. `doubt`: it held it, and cannot prove at the moment that it still does; it does
 * nothing that others would see, but goes on serving its own clients. `follower`: another process leads, or may.
 */
export type Standing = 'leader' | 'doubt' | 'follower';

/** Who leads, as the database says. */
export interface LeaderRow {
  readonly node: string;
  readonly fence: number;
}

export interface LeadershipOptions {
  readonly url: string;
  /** Names this process. */
  readonly node: string;
  readonly marketId: number;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  readonly log: Logger;
}

/** First key of the advisory lock; the second is the market. */
const LEADER_LOCK = 0x2199_1a3;
/** Pause between two looks: of the leader at its session, of a follower at the lock. */
const HEARTBEAT_MS = 300;
const TRY_AGAIN_MS = 1_000;
/** A session that has not answered for so long leaves the leader in doubt: it stops within a second of losing its lock. */
const PROOF_WITHIN_MS = 600;
/** A session that has not answered for so long is given up. */
const GIVE_UP_MS = 8_000;
const CONNECT_WITHIN_MS = 2_000;
/** Doubt ends here: the source is silenced, and the values of this process grow stale (market-data.md section 12). */
export const DOUBT_MAX_MS = 30_000;
/** PostgreSQL notices a leader's dead machine after 3 + 3 x 2 s; with the next look that is within the 12 s of a take-over. */
const KEEPALIVE = ['tcp_keepalives_idle = 3', 'tcp_keepalives_interval = 2', 'tcp_keepalives_count = 3'];

/**
 * One leader per market among all processes on one database. The lock is an advisory lock of PostgreSQL on a session of
 * its own, so it ends with the session however the process ends; each taking of it raises the market's fence, which
 * stands on everything that the leader writes.
 */
export class Leadership {
  readonly standing$: Observable<Standing>;
  readonly node: string;
  readonly #options: LeadershipOptions;
  readonly #standing = new BehaviorSubject<Standing>('follower');
  #client: pg.Client | null = null;
  #held = false;
  #fence = 0;
  #row: LeaderRow | null = null;
  #doubtSince = 0;
  #stopped = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.node = options.node;
    this.standing$ = this.#standing.pipe(distinctUntilChanged());
  }

  get standing(): Standing {
    return this.#standing.value;
  }

  /** Holds the lock, and proved it a moment ago. Jobs and writes ask this. */
  get leads(): boolean {
    return this.standing === 'leader';
  }

  /** May ask the source on behalf of its own clients. */
  get feeds(): boolean {
    return this.standing !== 'follower';
  }

  /** Number of this process's last leadership; 0 before the first. It rises with each leader of the market. */
  get fence(): number {
    return this.#fence;
  }

  /** The leader as the database told last; `null` when there was never one. */
  get row(): LeaderRow | null {
    return this.#row;
  }

  /** Tries for the lock once and goes on trying, or proving, until it is stopped. */
  async start(): Promise<void> {
    await this.#look();
    this.#running = this.#run();
  }

  /** Gives the lock back. What the leader still had to write is written before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    const client = this.#client;
    this.#client = null;
    this.#held = false;
    if (client !== null) await withinDeadline(() => client.end(), 1_000).catch(() => undefined);
    this.#standing.complete();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const pauseMs = this.standing === 'follower' ? TRY_AGAIN_MS : HEARTBEAT_MS;
      await new Promise<void>((resolve) => {
        // Nothing here keeps a process alive that failed to start.
        const timer = setTimeout(resolve, pauseMs).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!this.#stopped) await this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      if (this.#client === null) await this.#connect();
      if (this.#held) await this.#prove();
      else await this.#try();
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the leader lock could not be looked at');
      this.#lose();
    }
    this.#judgeDoubt();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
      application_name: 'ziggyai-leader',
    });
    // Without a listener an error of the socket would end the process.
    client.on('error', () => this.#broken(client));
    client.on('end', () => this.#broken(client));
    this.#client = client;
    await client.connect();
    // pg has it, its types do not say so.
    (client as unknown as { unref(): void }).unref();
    for (const setting of KEEPALIVE) await client.query(`SET ${setting}`);
  }

  /** The session ended by itself: look again at once. */
  #broken(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#lose();
    this.#wake();
  }

  #lose(): void {
    const client = this.#client;
    this.#client = null;
    this.#held = false;
    client?.end().catch(() => undefined);
    if (this.leads) this.#doubt('the session that holds the leader lock ended');
  }

  /** The session answers, so it lives, and a lock lives as long as its session. */
  async #prove(): Promise<void> {
    const client = this.#client as pg.Client;
    const late = setTimeout(
      () => this.#doubt('the session that holds the leader lock does not answer'),
      PROOF_WITHIN_MS,
    );
    try {
      await withinDeadline(() => client.query('SELECT 1'), GIVE_UP_MS);
      this.#become('leader');
    } finally {
      clearTimeout(late);
    }
  }

  async #try(): Promise<void> {
    const client = this.#client as pg.Client;
    const { marketId, node } = this.#options;
    await withinDeadline(async () => {
      const tried = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS got', [
        LEADER_LOCK,
        marketId,
      ]);
      const got = tried.rows[0]?.got === true;
      const told = await client.query<LeaderRow>(got ? CLAIM : WHO_LEADS, got ? [marketId, node] : [marketId]);
      this.#row = told.rows[0] ?? null;
      if (got && this.#row !== null) this.#fence = this.#row.fence;
      this.#held = got;
    }, GIVE_UP_MS);
    if (this.#held) this.#become('leader');
    // Our own session of before may still be dying; anybody else's means that we lost.
    else if (this.#row?.node !== node) this.#become('follower');
  }

  #doubt(reason: string): void {
    if (!this.leads) return;
    this.#doubtSince = this.#options.elapsed();
    this.#options.log.warn({ fence: this.#fence }, `in doubt about leading: ${reason}`);
    this.#standing.next('doubt');
  }

  #judgeDoubt(): void {
    if (this.standing !== 'doubt' || this.#options.elapsed() - this.#doubtSince < DOUBT_MAX_MS) return;
    this.#become('follower');
  }

  #become(standing: 'leader' | 'follower'): void {
    if (this.#stopped || this.standing === standing) return;
    const { log, marketId, node } = this.#options;
    const facts = { marketId, node, fence: this.#fence, leader: this.#row };
    if (standing === 'leader') log.info(facts, 'this process leads the market');
    else log.warn(facts, 'this process no longer leads the market');
    this.#standing.next(standing);
  }
}

/** Raises the fence and signs. Runs on the session that holds the lock. */
const CLAIM = `
  WITH raised AS (UPDATE market SET fence = fence + 1 WHERE id = $1 RETURNING fence)
  INSERT INTO leader AS old (market_id, node, fence) SELECT $1, $2, fence FROM raised
  ON CONFLICT (market_id) DO UPDATE SET node = EXCLUDED.node, fence = EXCLUDED.fence, since = now()
  RETURNING node, fence`;

const WHO_LEADS = 'SELECT node, fence FROM leader WHERE market_id = $1';
