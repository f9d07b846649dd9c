/** Gathers concurrent appends into few calls: the price of a commit is paid once for all of them. */
import { LogUnavailableError, type AppendResult } from '../event-log.port';
import type { EncodedAppend } from './append-call';
import type { AppendLane } from './append-lane';

/** While the server writes one call, the next one is there already; more would only make each of them smaller. */
const CALLS_UNDER_WAY = 2;
/** Fewer than this go in one call: a second commit would cost more than it overlaps. */
const WORTH_SHARING = 8;

export interface GroupCommitSettings {
  /** Most appends and bytes of one call. */
  readonly maxAppends: number;
  readonly maxBytes: number;
  /** Most appends that wait for a turn; more are refused at once. */
  readonly maxWaiting: number;
}

export interface CommittedBatch {
  readonly appends: number;
  readonly events: number;
  readonly conflicts: number;
  readonly milliseconds: number;
  /** Last position, if the batch wrote events. */
  readonly head: number;
}

export type Appended = Extract<AppendResult, { kind: 'appended' }>;

interface Waiting {
  readonly append: EncodedAppend;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

export class GroupCommit {
  private waiting: Waiting[] = [];
  private inFlight = 0;
  /** What the calls under way are about: sent again, two may change places, so later ones wait. */
  private readonly busy = new Set<string>();
  private scheduled = false;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly lane: AppendLane,
    private readonly settings: GroupCommitSettings,
    private readonly committed: (batch: CommittedBatch) => void,
    /** For each append that wrote events; with the id of the event before its first one, where that is known. */
    private readonly appended: (result: Appended, append: EncodedAppend, previousId?: string) => void = () => undefined,
  ) {}

  append(append: EncodedAppend): Promise<AppendResult> {
    if (this.waiting.length >= this.settings.maxWaiting)
      return Promise.reject(new LogUnavailableError('too many appends wait for their turn; try again'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when nothing waits or is in flight. */
  async close(): Promise<void> {
    if (this.waiting.length > 0 || this.inFlight > 0) await new Promise<void>(resolve => this.whenIdle.push(resolve));
    await this.lane.close();
  }

  /** After this turn of the event loop, so that everything asked for in it goes together; no later. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.sendWaiting();
    });
  }

  private sendWaiting(): void {
    while (this.waiting.length > 0 && this.inFlight < CALLS_UNDER_WAY) {
      const batch = this.nextBatch();
      if (batch.length === 0) return;
      this.inFlight++;
      for (const { append } of batch) for (const key of append.keys) this.busy.add(key);
      void this.commit(batch).finally(() => {
        this.inFlight--;
        for (const { append } of batch) for (const key of append.keys) this.busy.delete(key);
        if (this.waiting.length > 0) this.schedule();
        else if (this.inFlight === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
      });
    }
  }

  /** In order of arrival; an append about something that a call is about already waits for a later one. */
  private nextBatch(): Waiting[] {
    const { length } = this.waiting;
    // Shared out, so that there is a next one.
    const share = length < WORTH_SHARING ? length : Math.ceil(length / (CALLS_UNDER_WAY - this.inFlight));
    const most = Math.min(share, this.settings.maxAppends);
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const one of this.waiting) {
      const full = batch.length >= most || (batch.length > 0 && bytes + one.append.bytes > this.settings.maxBytes);
      const free = !full && !one.append.keys.some(key => keys.has(key) || this.busy.has(key));
      // Those that wait keep their place before later ones about the same thing.
      for (const key of one.append.keys) keys.add(key);
      if (free) {
        batch.push(one);
        bytes += one.append.bytes;
      } else later.push(one);
    }
    this.waiting = later;
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const { results, head, previousId } = await this.lane.send(batch.map(one => one.append));
      let previous = previousId;
      let events = 0;
      let conflicts = 0;
      for (const [i, one] of batch.entries()) {
        const result = results[i]!;
        if (result instanceof Error) one.reject(result);
        else {
          if (result.kind === 'appended') {
            events += one.append.events.length;
            this.appended(result, one.append, previous);
            previous = one.append.events.at(-1)?.eventId ?? previous;
          } else if (result.kind === 'conflict') conflicts++;
          one.resolve(result);
        }
      }
      this.committed({ appends: batch.length, events, conflicts, head, milliseconds: performance.now() - startedAt });
    } catch (error) {
      for (const one of batch) one.reject(error as Error);
    }
  }
}
