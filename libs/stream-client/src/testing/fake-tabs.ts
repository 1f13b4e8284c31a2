import type { BroadcastLike, LocksLike, TabDeps } from '../tabs/deps.ts';
import type { TabMessage } from '../tabs/messages.ts';

interface Request {
  readonly grant: () => Promise<void>;
  readonly settle: () => void;
  readonly fail: (error: Error) => void;
}

/** Web Locks of one browser, one name: a queue, and `steal`. */
export class FakeLocks implements LocksLike {
  #holder: Request | null = null;
  readonly #queue: Request[] = [];

  request(
    _name: string,
    options: { readonly steal?: boolean; readonly signal?: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown> {
    return new Promise<void>((settle, fail) => {
      const request: Request = { grant: held, settle, fail };
      options.signal?.addEventListener('abort', () => {
        const at = this.#queue.indexOf(request);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        fail(new Error('aborted'));
      });
      if (options.steal === true) {
        this.#holder?.fail(new Error('stolen'));
        this.#hold(request);
      } else if (this.#holder === null) this.#hold(request);
      else this.#queue.push(request);
    });
  }

  #hold(request: Request): void {
    this.#holder = request;
    void Promise.resolve()
      .then(request.grant)
      .then(() => {
        if (this.#holder !== request) return;
        this.#holder = null;
        request.settle();
        const next = this.#queue.shift();
        if (next) this.#hold(next);
      });
  }
}

/** The tabs of one browser: one lock, one channel that reaches every tab but the speaker. */
export class FakeTabs {
  readonly locks = new FakeLocks();
  readonly said: TabMessage[] = [];
  readonly #open = new Map<string, BroadcastLike>();

  /** What a tab with this id gets from its browser. */
  tab(tabId: string): TabDeps {
    const broadcast: BroadcastLike = {
      onmessage: null,
      postMessage: (message) => {
        const data = structuredClone(message);
        if (!this.#open.has(tabId)) return;
        this.said.push(data);
        for (const [id, other] of this.#open)
          if (id !== tabId) void Promise.resolve().then(() => other.onmessage?.({ data }));
      },
      close: () => void this.#open.delete(tabId),
    };
    this.#open.set(tabId, broadcast);
    return { lockName: 'streams', locks: this.locks, broadcast, tabId };
  }

  /** The tab is frozen: it hears and says nothing more, and keeps its lock. */
  freeze(tabId: string): void {
    this.#open.delete(tabId);
  }
}
