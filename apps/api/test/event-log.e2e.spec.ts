import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPosition, LoggedEvent } from '@ziggy/streaming';
import { DataSource } from 'typeorm';
import { EventLog } from '../src/persistence/event-log.ts';
import { partitionKey } from '../src/persistence/event-partition.ts';
import type { EventPartition, NewEvent } from '../src/persistence/event-partition.ts';
import { EventReader } from '../src/persistence/event-reader.ts';
import { EventRetention, KEPT_EVENTS } from '../src/persistence/event-retention.ts';
import { WallClock } from '../src/platform/clock.ts';
import { Lifecycle } from '../src/platform/lifecycle.ts';
import { createLogger } from '../src/platform/logger.ts';
import { createDatabase } from './harness.ts';

const log = createLogger({ level: 'silent' });
const HOUR_MS = 3_600_000;

/** One process's view of the log. */
class Node {
  readonly clock = new WallClock();
  readonly db: DataSource;
  readonly events: EventLog;
  readonly reader: EventReader;
  readonly retention: EventRetention;
  readonly heard: { partition: string; events: readonly LoggedEvent[] }[] = [];

  constructor(db: DataSource) {
    this.db = db;
    this.events = new EventLog(db, this.clock, new Lifecycle(log), log);
    this.reader = new EventReader(db);
    this.retention = new EventRetention(db, this.clock, log);
    this.events.onCommitted((partition, events) => this.heard.push({ partition, events }));
  }

  static async on(url: string): Promise<Node> {
    const node = new Node(await new DataSource({ type: 'postgres', url, poolSize: 12 }).initialize());
    await node.retention.onModuleInit();
    return node;
  }

  async end(): Promise<void> {
    this.retention.onApplicationShutdown();
    await this.db.destroy();
  }
}

let database: Awaited<ReturnType<typeof createDatabase>>;
let node: Node;
beforeAll(async () => {
  database = await createDatabase();
  node = await Node.on(database.url);
});
afterAll(async () => {
  await node.end();
  await database.drop();
});

let run = 0;
let news: EventPartition<'news'>;
let alerts: EventPartition<'alerts'>;
beforeEach(() => {
  const market = `hand:${++run}`;
  node.heard.length = 0;
  delete (node.clock as Partial<WallClock>).now;
  news = { market, channel: 'news', owner: null };
  alerts = { market, channel: 'alerts', owner: { organisationId: 'org_a', userId: 'usr_a' } };
});

const item = (n: number | string, more: Record<string, unknown> = {}): NewEvent => ({
  partition: news,
  type: 'news_update',
  id: `n${n}`,
  data: { title: `Headline ${n}`, ...more },
});
const alert = (n: number): NewEvent => ({ partition: alerts, type: 'alert_triggered', id: `a${n}`, data: { n } });
const all = { events: 100_000, bytes: 1 << 30 };
const head = async (partition: EventPartition) =>
  (await node.reader.heads([partitionKey(partition)]))[0] as LogPosition;
const idsAfter = async (partition: EventPartition, seq: number) => {
  const { epoch } = await head(partition);
  return (await node.reader.read(partitionKey(partition), { epoch, seq }, all)).events.map(({ frame }) => frame.id);
};

describe('append', () => {
  it('belongs to the transaction of the change: committed with it, published after it, gone with it', async () => {
    await head(news);
    await node.db.transaction(async (tx) => {
      const [stored] = await node.events.append(tx, [item(1)]);
      expect(stored).toMatchObject({ seq: 1, prev: 0, frame: { type: 'news_update', ch: 'news', id: 'n1' } });
      expect(node.heard).toEqual([]);
      expect(await idsAfter(news, 0)).toEqual([]);
    });
    expect(node.heard.map(({ events }) => events.map(({ seq }) => seq))).toEqual([[1]]);
    await expect(
      node.db.transaction(async (tx) => {
        await node.events.append(tx, [item(2)]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await node.events.record(item(3));
    expect(await idsAfter(news, 0)).toEqual(['n1', 'n3']);
    expect(node.heard.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([1, 2]);
  });

  it('is refused outside a transaction', async () => {
    await expect(node.events.append(node.db.manager, [item(1)])).rejects.toThrow('needs a transaction');
  });

  it('says only "there is more" when a part of the transaction was rolled back', async () => {
    await node.db.transaction(async (tx) => {
      await node.events.append(tx, [item(1)]);
      await tx
        .transaction(async (inner) => {
          await node.events.append(inner, [item(2)]);
          throw new Error('inner');
        })
        .catch(() => undefined);
      expect(node.heard).toEqual([]);
    });
    expect(node.heard).toEqual([{ partition: partitionKey(news), events: [] }]);
    expect(await idsAfter(news, 0)).toEqual(['n1']);
  });

  it('gives positions without a gap to producers at once, some of which give up', async () => {
    const kept: string[] = [];
    const producer = async (p: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        const id = `${p}-${i}`;
        const fails = (p + i) % 5 === 0;
        if (i % 3 === 0) await node.events.record(item(id));
        else
          await node.db
            .transaction(async (tx) => {
              await node.events.append(tx, [item(id), alert(p * 100 + i)]);
              if (fails) throw new Error('given up');
            })
            .catch(() => undefined);
        if (i % 3 === 0 || !fails) kept.push(`n${id}`);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, p) => producer(p)));
    for (const partition of [news, alerts]) {
      const { epoch, seq } = await head(partition);
      const page = await node.reader.read(partitionKey(partition), { epoch, seq: 0 }, all);
      expect(page.lost).toBeNull();
      expect(page.events.map((event) => event.seq)).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
      expect(page.events.every((event) => event.prev === event.seq - 1)).toBe(true);
    }
    expect((await idsAfter(news, 0)).sort()).toEqual(kept.sort());
  });
});

describe('record', () => {
  it('commits in groups, in the order of the calls, and publishes in that order', async () => {
    const before = await commits();
    const stored = await Promise.all(Array.from({ length: 2_000 }, (_, i) => node.events.record(item(i))));
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
    expect(await idsAfter(news, 0)).toEqual(stored.map(({ frame }) => frame.id));
    expect(node.heard.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual(stored.map(({ seq }) => seq));
    expect((await commits()) - before).toBeLessThan(100);
  });

  it('lets one faulty event fail alone', async () => {
    const lone = item('lone', { title: '\ud800' });
    const results = await Promise.allSettled(
      [item(1), lone, item(2), item(3)].map((event) => node.events.record(event)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await idsAfter(news, 0)).toEqual(['n1', 'n2', 'n3']);
  });

  it('refuses what may not be stored, and more than may wait', async () => {
    await expect(node.events.record(item(1, { text: 'x'.repeat(70_000) }))).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await expect(node.events.record(item(1, { text: 'a\0b' }))).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(node.events.record({ ...item(1), id: '' })).rejects.toMatchObject({ code: 'validation_failed' });
    const flood = await Promise.allSettled(Array.from({ length: 10_500 }, (_, i) => node.events.record(item(i))));
    const refused = flood.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(500);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
    expect((await head(news)).seq).toBe(10_000);
  });
});

describe('reading', () => {
  it('goes on after a position, within the limits, and says where the log stands', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => node.events.record(item(i + 1))));
    const position = await head(news);
    const page = await node.reader.read(partitionKey(news), { ...position, seq: 4 }, { events: 3, bytes: 1_000_000 });
    expect(page.events.map(({ seq }) => seq)).toEqual([5, 6, 7]);
    expect(page.head).toEqual(position);
    const small = await node.reader.read(partitionKey(news), { ...position, seq: 4 }, { events: 9, bytes: 1 });
    expect(small.events.map(({ seq }) => seq)).toEqual([5]);
    const end = await node.reader.read(partitionKey(news), position, all);
    expect(end).toEqual({ lost: null, events: [], head: position });
    const older = await node.reader.before(partitionKey(news), 6, { events: 2, bytes: 1_000_000 });
    expect(older.events.map(({ seq }) => seq)).toEqual([4, 5]);
    const newest = await node.reader.before(partitionKey(news), null, { events: 2, bytes: 1_000_000 });
    expect(newest.events.map(({ seq }) => seq)).toEqual([9, 10]);
  });

  it('refuses a position of another life, or one that the log has not reached', async () => {
    await node.events.record(item(1));
    const { epoch } = await head(news);
    const read = (position: { epoch: string; seq: number }) => node.reader.read(partitionKey(news), position, all);
    expect(await read({ epoch: 'other', seq: 0 })).toMatchObject({ lost: 'epoch', events: [] });
    expect(await read({ epoch, seq: 2 })).toMatchObject({ lost: 'epoch', events: [] });
    expect(await read({ epoch, seq: 0 })).toMatchObject({ lost: null });
  });

  it('gives a partition its epoch before its first event, and the next process finds the same', async () => {
    const first = await head(news);
    expect(first.seq).toBe(0);
    expect(await node.reader.read(partitionKey(news), first, all)).toMatchObject({ lost: null, events: [] });
    const other = await Node.on(database.url);
    const heads = await Promise.all(Array.from({ length: 8 }, () => other.reader.heads([partitionKey(alerts)])));
    expect(new Set(heads.flat().map(({ epoch }) => epoch)).size).toBe(1);
    const stored = await other.events.record(item(1));
    expect(stored.frame).toMatchObject({ epoch: first.epoch, seq: 1 });
    await other.end();
  });

  it('keeps owners and markets apart', async () => {
    const mine = { ...alerts, owner: { organisationId: 'org_b', userId: 'usr_a' } } as const;
    await node.events.record(alert(1));
    await node.events.record({ partition: mine, type: 'notification', id: 'm1', data: {} });
    expect(await idsAfter(alerts, 0)).toEqual(['a1']);
    expect(await idsAfter(mine, 0)).toEqual(['m1']);
    expect(await idsAfter({ ...alerts, market: 'elsewhere' }, 0)).toEqual([]);
  });
});

describe('retention', () => {
  const at = (ms: number) => (node.clock.now = () => ms);

  it('keeps a day; a position before that is trimmed, and nothing partial is given', async () => {
    const now = Date.now();
    at(now - 25 * HOUR_MS);
    await node.retention.onModuleInit();
    await node.events.record(item(1));
    at(now);
    await node.events.record(item(2));
    await node.events.record(item(3));
    await node.retention.sweep();
    const { epoch } = await head(news);
    expect(await node.reader.read(partitionKey(news), { epoch, seq: 0 }, all)).toMatchObject({
      lost: 'trimmed',
      events: [],
    });
    expect(await idsAfter(news, 1)).toEqual(['n2', 'n3']);
    const rows = (await node.db.query(
      `SELECT count(*)::int AS n FROM event WHERE id = 'n1' AND at < now() - interval '24 hours'`,
    )) as { n: number }[];
    expect(rows[0]?.n).toBe(0);
  });

  it('keeps the newest 10 000 of a partition', async () => {
    await node.db.query(
      `INSERT INTO event_partition (market, channel, epoch, head) VALUES ($1, 'news', 'e', ${KEPT_EVENTS + 5})`,
      [news.market],
    );
    await node.db.query(
      `INSERT INTO event (partition_id, channel, seq, prev, epoch, type, id, data, bytes, at)
       SELECT p.id, 'news', n, n - 1, 'e', 'news_update', 'n' || n, '{}', 2, now()
       FROM event_partition p, generate_series(1, ${KEPT_EVENTS + 5}) n WHERE p.market = $1`,
      [news.market],
    );
    const before = node.retention.pruned.news;
    await node.retention.sweep();
    expect(node.retention.pruned.news - before).toBe(5);
    expect(await node.reader.read(partitionKey(news), { epoch: 'e', seq: 4 }, all)).toMatchObject({ lost: 'trimmed' });
    expect(await idsAfter(news, 5)).toHaveLength(KEPT_EVENTS);
  });

  it('keeps alerts that nobody took for a week, and taken ones for a day', async () => {
    const now = Date.now();
    for (const [n, age] of [8 * 24, 6 * 24, 30, 1].entries()) {
      at(now - age * HOUR_MS);
      await node.retention.onModuleInit();
      await node.events.record(alert(n));
    }
    at(now);
    await node.retention.sweep();
    expect(await idsAfter(alerts, 1)).toEqual(['a1', 'a2', 'a3']);
    await node.db.query(`UPDATE event_partition SET taken = 2 WHERE market = $1`, [alerts.market]);
    await node.retention.sweep();
    expect(await idsAfter(alerts, 2)).toEqual(['a2', 'a3']);
    const { epoch } = await head(alerts);
    expect(await node.reader.read(partitionKey(alerts), { epoch, seq: 1 }, all)).toMatchObject({ lost: 'trimmed' });
  });

  it('makes the tables that will be needed, and lets no one change an event', async () => {
    await node.events.record(item(1));
    at(Date.now() + 40 * HOUR_MS);
    await node.events.record(item(2));
    expect(await idsAfter(news, 0)).toEqual(['n1', 'n2']);
    await expect(node.db.query(`UPDATE event SET data = '{}' WHERE id = 'n1'`)).rejects.toThrow('append-only');
  });

  it('does nothing while another process sweeps', async () => {
    // Half an hour into a day, when the whole table of what is 25 hours old may go.
    const now = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS + HOUR_MS / 2;
    at(now - 25 * HOUR_MS);
    await node.retention.onModuleInit();
    await node.events.record(item(1));
    at(now);
    const other = node.db.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT pg_advisory_xact_lock($1)', [0x2199_1a5]);
    const before = node.retention.pruned.news;
    await node.retention.sweep();
    expect(node.retention.pruned.news).toBe(before);
    await other.rollbackTransaction();
    await other.release();
    await node.retention.sweep();
    expect(node.retention.pruned.news).toBe(before + 1);
  });
});

async function commits(): Promise<number> {
  const rows = (await node.db.query(`SELECT (SELECT count(DISTINCT xmin::text) FROM event)::int AS n`)) as {
    n: number;
  }[];
  return rows[0]?.n ?? 0;
}
