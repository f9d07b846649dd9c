/** States of streams: kept in memory, brought up to date from the log, and snapshotted behind the callers' backs. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { LogPosition } from '@foldline/contracts';
import type { EventLog } from '../event-log.port';

export interface Evolves<State, Event> {
  /** The state of a stream without events. */
  readonly initial: State;
  evolve(state: State, event: Event): State;
}

export interface StateAt<State> {
  readonly state: State;
  /** 0: the stream does not exist. */
  readonly version: number;
  /** Where the stream's last event stands, at the latest: who has seen the state has seen the stream up to there. */
  readonly at?: LogPosition | undefined;
}

export interface StateStoreSettings {
  /** States kept in memory; default 10,000. */
  readonly cacheSize?: number;
  /** Events after a snapshot that make the next one worth it; default 100. */
  readonly snapshotEvery?: number;
  /** How long a snapshot waits for others to be written with; default 1,000. */
  readonly snapshotDelayMs?: number;
  /** Snapshots only save time: one that cannot be written is reported here and costs a longer load. */
  onSnapshotError?(error: unknown): void;
}

interface Held<State> extends StateAt<State> {
  /** Version of the newest snapshot known of. */
  readonly snapshot: number;
}

/**
 * A state must survive JSON unchanged (no Map, no Date, no undefined members). `revision` is raised when code that `evolve`
 * calls changes what it makes of old events; the text of `evolve` itself is part of the fingerprint anyway.
 */
export class StateStore<State, Event> {
  private readonly held: LRUCache<string, Held<State>>;
  private readonly fingerprint: string;
  private readonly due = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly domain: Evolves<State, Event>,
    revision = '',
    private readonly settings: StateStoreSettings = {},
  ) {
    this.held = new LRUCache({ max: settings.cacheSize ?? 10_000 });
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify([revision, String(domain.evolve), domain.initial]))
      .digest('hex')
      .slice(0, 32);
  }

  /** As the log has it now: one round trip, shared with other loads of the moment. */
  async load(stream: string): Promise<StateAt<State>> {
    const { initial } = this.domain;
    let at: Held<State> = this.held.get(stream) ?? { state: initial, version: 0, snapshot: 0 };
    for (let more = true; more;) {
      const tail = await this.log.load(stream, at.version, this.fingerprint);
      if (tail.snapshot) {
        const { version, state, at: standing } = tail.snapshot;
        at = { state: state as State, version, at: standing, snapshot: version };
      }
      let { state } = at;
      for (const event of tail.events) state = this.domain.evolve(state, event as Event);
      const last = tail.events.at(-1);
      if (last) {
        const { version, incarnation, position } = last;
        at = { ...at, state, version, at: { incarnation, position } };
      }
      more = tail.more;
    }
    if (at.version > 0) this.hold(stream, at);
    return { state: at.state, version: at.version, at: at.at };
  }

  async loadMany(streams: Iterable<string>): Promise<Map<string, StateAt<State>>> {
    const names = [...new Set(streams)];
    const states = await Promise.all(names.map(stream => this.load(stream)));
    return new Map(names.map((name, i) => [name, states[i]!]));
  }

  /** What memory holds, possibly outdated (an append would notice), else what the log has; `fresh` says which. */
  async cached(stream: string): Promise<StateAt<State> & { readonly fresh: boolean }> {
    const held = this.held.get(stream);
    return held
      ? { state: held.state, version: held.version, at: held.at, fresh: false }
      : { ...(await this.load(stream)), fresh: true };
  }

  /** The state after one's own append. */
  remember(stream: string, version: number, state: State, at?: LogPosition): void {
    this.hold(stream, { state, version, at, snapshot: this.held.peek(stream)?.snapshot ?? 0 });
  }

  /** The state after further events. */
  evolve(state: State, events: readonly Event[]): State {
    return events.reduce((before, event) => this.domain.evolve(before, event), state);
  }

  forget(stream: string): void {
    this.held.delete(stream);
  }

  /** Writes the snapshots that are due; also called by itself. Done when those being written are written too. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.writeDue());
    return this.writing;
  }

  private async writeDue(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const streams = [...this.due];
    this.due.clear();
    try {
      const snapshots = streams.flatMap(stream => {
        const held = this.held.peek(stream);
        return held
          ? [{ stream, version: held.version, fingerprint: this.fingerprint, state: asJson(held.state) }]
          : [];
      });
      if (snapshots.length > 0) await this.log.saveSnapshots(snapshots);
      for (const { stream, version } of snapshots) {
        const held = this.held.peek(stream);
        if (held) this.held.set(stream, { ...held, snapshot: version });
      }
    } catch (error) {
      this.settings.onSnapshotError?.(error);
    }
  }

  private hold(stream: string, at: Held<State>): void {
    const held = this.held.peek(stream);
    // A slow load must not put back an older state than somebody's append has left.
    if (held && held.version > at.version) return;
    this.held.set(stream, at);
    if (at.version - at.snapshot < (this.settings.snapshotEvery ?? 100)) return;
    this.due.add(stream);
    this.timer ??= setTimeout(() => void this.flush(), this.settings.snapshotDelayMs ?? 1_000).unref();
  }
}

function asJson<State>(state: State): State {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state))
    throw new TypeError(
      'a state does not survive JSON, so it cannot be snapshotted: keep plain objects and arrays in it',
    );
  return state;
}
