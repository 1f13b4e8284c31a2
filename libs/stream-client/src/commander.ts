import type { ClientCommand, ErrorFrame, SnapshotEndFrame, SubscriptionAckFrame } from '@ziggy/contracts';
import { CLIENT_LIMITS } from './deps.ts';

type Command = Extract<ClientCommand, { type: 'subscribe' | 'unsubscribe' | 'set' }>;

interface Pending {
  readonly command: Command;
  deadline: number;
  retried: boolean;
  /** A subscribe is over only when its snapshots have come. */
  acked: boolean;
}

/** What an answer settled. */
export interface Settled {
  readonly command: Command;
  /** The answer was an error frame. */
  readonly error: ErrorFrame['data'] | null;
}

/** Commands that wait for their answer: each gets one retry after 5 s, then the connection is given up. */
export class Commander {
  readonly #pending = new Map<string, Pending>();
  readonly #send: (command: Command) => void;
  #nextId = 1;

  constructor(send: (command: Command) => void) {
    this.#send = send;
  }

  /** @returns false when too many commands wait: the connection is of no use any more. */
  issue(command: Command, now: number): boolean {
    if (this.#pending.size >= CLIENT_LIMITS.queueLength) return false;
    const id = `c${this.#nextId++}`;
    const withId = { ...command, id };
    this.#pending.set(id, { command: withId, deadline: now + CLIENT_LIMITS.commandMs, retried: false, acked: false });
    this.#send(withId);
    return true;
  }

  acked(frame: SubscriptionAckFrame): Settled | null {
    const pending = this.#find(frame.id);
    if (!pending) return null;
    const waitsForSnapshots =
      pending.command.type === 'subscribe' && pending.command.snapshot !== false && frame.data.symbols.length > 0;
    if (!waitsForSnapshots) return this.#settle(pending, null);
    pending.acked = true;
    return null;
  }

  snapshotEnd(frame: SnapshotEndFrame): Settled | null {
    const pending = frame.id === undefined ? this.#oldestAcked() : this.#find(frame.id);
    return pending ? this.#settle(pending, null) : null;
  }

  failed(frame: ErrorFrame): Settled | null {
    const pending = this.#find(frame.id);
    return pending ? this.#settle(pending, frame.data) : null;
  }

  /** Sends overdue commands once more; false when one was overdue for the second time. */
  retryOverdue(now: number): boolean {
    for (const pending of this.#pending.values()) {
      if (now < pending.deadline) continue;
      if (pending.retried) return false;
      pending.retried = true;
      pending.acked = false;
      pending.deadline = now + CLIENT_LIMITS.commandMs;
      this.#send(pending.command);
    }
    return true;
  }

  /** Subscribes that still wait for their snapshots. */
  get subscribing(): number {
    let count = 0;
    for (const { command } of this.#pending.values()) if (command.type === 'subscribe') count++;
    return count;
  }

  clear(): void {
    this.#pending.clear();
  }

  #find(id: string | number | undefined): Pending | undefined {
    return id === undefined ? undefined : this.#pending.get(String(id));
  }

  #oldestAcked(): Pending | undefined {
    for (const pending of this.#pending.values()) if (pending.acked) return pending;
    return undefined;
  }

  #settle(pending: Pending, error: ErrorFrame['data'] | null): Settled {
    this.#pending.delete(String(pending.command.id));
    return { command: pending.command, error };
  }
}
