import type { TabMessage } from './messages.ts';

/** The part of the Web Locks API that is used; `navigator.locks` fits. */
export interface LocksLike {
  request(
    name: string,
    options: { readonly steal?: boolean; readonly signal?: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown>;
}

/** The part of BroadcastChannel that is used. A tab does not hear itself. */
export interface BroadcastLike {
  onmessage: { handle(event: { readonly data: unknown }): void }['handle'] | null;
  postMessage(message: TabMessage): void;
  close(): void;
}

/** How tabs of one person find each other. */
export interface TabDeps {
  /** Name of the lock, one a person, so that two people at one browser share nothing. */
  readonly lockName: string;
  readonly locks: LocksLike;
  readonly broadcast: BroadcastLike;
  /** Different for each tab. */
  readonly tabId: string;
}

/** Deadlines between tabs, in milliseconds (portal.md, "many tabs"). */
export const TAB_LIMITS = {
  interestEveryMs: 5_000,
  goneAfterMs: 15_000,
  /** A visible tab that hears nothing for so long from the tab with the sockets takes them. */
  leaderSilentMs: 20_000,
  handoverMs: 10_000,
} as const;
