import { kind, timestamp } from './shared.ts';
import { z } from './zod.ts';

export const inputFault = z
  .object({
    in: z.enum(['body', 'query', 'path', 'header']),
    path: z.string().meta({ description: 'JSON pointer in a body, name elsewhere.' }),
    code: z.string(),
    message: z.string(),
    value: z.string().max(64).optional(),
    allowed: z.array(z.string()).optional(),
  })
  .meta({ id: 'InputFault' });
/** Every failure (RFC 9457). Extra members are allowed and documented per code. */
export const problem = z
  .looseObject({
    type: z.string().meta({ description: 'Path of the page that explains the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable code; switch on it.' }),
    requestId: z.string(),
    errors: z.array(inputFault).max(50),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

export const healthAnswer = z
  .object({
    status: z.literal('ok'),
    ok: z.literal(true),
    service: z.literal('ziggyai'),
    version: z.string(),
    startedAt: timestamp,
    market: z.object({ id: z.string(), source: z.string(), kind }),
  })
  .meta({ id: 'Health' });
export const livezAnswer = z.object({ status: z.enum(['ok', 'dead']) }).meta({ id: 'Livez' });
export const READY_STATES = ['ok', 'degraded', 'starting', 'draining', 'down'] as const;
export const readyzAnswer = z
  .object({
    status: z.enum(READY_STATES),
    checks: z.array(
      z.object({
        name: z.enum(['database', 'migrations', 'bus', 'source', 'stream']),
        status: z.enum(READY_STATES),
        latencyMs: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'Readyz' });

const percentiles = z.object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() });
export const channelStatus = z
  .object({
    connections: z.int(),
    subscriptions: z.int(),
    dirtyKeys: z.int(),
    queueDepth: z.int(),
    sent: z.int(),
    conflated: z.int(),
    dropped: z.record(z.string(), z.int()),
    pausedClients: z.int(),
    latencyMs: percentiles.meta({ description: 'Event to wire, milliseconds, over the last minute.' }),
    resumeHits: z.int(),
    resumeMisses: z.int(),
    pruned: z.int(),
  })
  .meta({ id: 'ChannelStatus' });
export const wsStatusAnswer = z
  .object({
    node: z.string(),
    now: timestamp,
    channels: z.record(z.string(), channelStatus),
    totals: z.object({
      connections: z.int(),
      sent: z.int(),
      bytesSent: z.int(),
      encoded: z.int(),
      commands: z.int(),
      errors: z.int(),
      rejectedUpgrades: z.record(z.string(), z.int()),
      closes: z.record(z.string(), z.int()),
    }),
    eventLoopLagMs: percentiles,
    leader: z
      .object({
        standing: z.enum(['leader', 'doubt', 'follower']),
        node: z.string().nullable().meta({ description: 'The process that leads, as the database says.' }),
      })
      .nullable()
      .optional()
      .meta({ description: 'Who polls the source; null where nobody is chosen.' }),
    bus: z
      .object({ kind: z.enum(['in_process', 'nats']), state: z.enum(['ok', 'degraded', 'down']) })
      .optional()
      .meta({ description: 'How values get from one process to the next.' }),
    shedding: z
      .enum(['none', 'half_rate', 'no_strangers', 'nobody_new', 'close_strangers'])
      .optional()
      .meta({ description: 'What is given up while the event loop is late.' }),
    source: z.object({ id: z.string(), state: z.string() }),
  })
  .meta({ id: 'WsStatus' });
export type WsStatusAnswer = z.infer<typeof wsStatusAnswer>;
export type ChannelStatus = z.infer<typeof channelStatus>;
export type HealthAnswer = z.infer<typeof healthAnswer>;
export type ReadyzAnswer = z.infer<typeof readyzAnswer>;

/** `/app/config.json`: what the portal is told at run time. No address and no key is in a bundle. */
export const portalConfig = z
  .object({
    version: z.string(),
    build: z.string().meta({ description: 'development or production.' }),
    apiBase: z.string().meta({ description: 'Origin and path of the API; empty is the same origin.' }),
    market: z.object({
      id: z.string(),
      source: z.string(),
      kind,
      chosenBy: z.enum(['auto', 'configuration']),
      reason: z.string(),
      since: timestamp,
    }),
    wsMaxReconnectAttempts: z.int().min(0).meta({ description: '0 is without end.' }),
    idleLockMinutes: z
      .int()
      .min(0)
      .meta({ description: 'Minutes without pointer or key after which the portal covers itself; 0 is never.' }),
    signIn: z
      .object({
        setupOpen: z.boolean().meta({ description: 'Nobody has made the organisation yet.' }),
        oidc: z.string().nullable().meta({ description: 'Name of the foreign sign-in; null when there is none.' }),
      })
      .optional()
      .meta({ description: 'How people get in.' }),
  })
  .meta({ id: 'PortalConfig' });
export type PortalConfig = z.infer<typeof portalConfig>;
