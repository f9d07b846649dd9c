/** Log to JetStream: whoever leads publishes what was appended, in order, again and again until it is acknowledged. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EncodedEvent, LogHead, LogName } from '@foldline/contracts';
import type { Published } from '@foldline/transport';

export interface RelayedLog {
  readonly log: LogName;
  head(): Promise<LogHead>;
  readEncoded(after: number, limit: number, maxBytes?: number): Promise<readonly EncodedEvent[]>;
  /** What this process appended itself and holds still; empty where it must be read. */
  recentlyAppended(after: number, limit: number, maxBytes?: number): readonly EncodedEvent[];
  onAppended(listener: (head: number) => void): () => void;
}

export interface RelayPublisher {
  prepare(): Promise<void>;
  lastMessageId(): Promise<string | undefined>;
  publish(events: readonly EncodedEvent[]): Promise<Published>;
}

/** Calls `lead` while this process leads; its signal says that it does no more. Two leaders at once are harmless: a message is a pure function of the log. */
export interface Leadership {
  readonly held: boolean;
  start(lead: (signal: AbortSignal) => Promise<void>): void;
  stop(): Promise<void>;
}

/** Between the replicas of a service. */
export interface RelayPokes {
  send(): void;
  onPoke(listener: () => void): () => void;
}

export interface RelayPorts {
  readonly log: RelayedLog;
  readonly publisher: RelayPublisher;
  readonly leadership: Leadership;
  readonly pokes: RelayPokes;
  /** Told of every failed try and of every event that is too large to carry. */
  onTrouble?(trouble: { readonly reason: string; readonly position: number }): void;
}

export interface RelayStatus {
  readonly leading: boolean;
  /** Last position known to be published; null before the first one, and while another process leads. */
  readonly position: number | null;
  readonly head: number;
  readonly published: number;
  readonly retries: number;
  readonly oversize: number;
  readonly reason?: string;
}

const PAGE_EVENTS = 500;
const PAGE_BYTES = 4_000_000;
const TIMER_MS = 200;
const RETRY_MS = 250;

export class Relay {
  private readonly counters = { published: 0, retries: 0, oversize: 0 };
  private readonly stopListening: (() => void)[];
  private position: number | null = null;
  private head = 0;
  private reason: string | undefined;
  private wake = (): void => undefined;
  private woken = false;
  /** Only this process is known to have appended since the log was read last. */
  private onlyOwn = false;

  constructor(private readonly ports: RelayPorts) {
    const { log, pokes, leadership } = ports;
    this.stopListening = [
      log.onAppended(head => {
        this.head = Math.max(this.head, head);
        if (leadership.held) this.rouse();
        else pokes.send();
      }),
      pokes.onPoke(() => {
        this.onlyOwn = false;
        this.rouse();
      }),
    ];
  }

  start(): void {
    this.ports.leadership.start(signal => this.lead(signal));
  }

  /** What is being published is finished or given up; the next leader goes on from what the stream holds. */
  async stop(): Promise<void> {
    for (const stop of this.stopListening) stop();
    const stopped = this.ports.leadership.stop();
    this.rouse();
    await stopped;
  }

  status(): RelayStatus {
    return {
      leading: this.ports.leadership.held,
      position: this.position,
      head: Math.max(this.head, this.position ?? 0),
      ...this.counters,
      ...(this.reason !== undefined && { reason: this.reason }),
    };
  }

  private async lead(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.rouse(), { once: true });
    // A broker that was never reached keeps `prepare` waiting: whoever stops must not wait with it.
    const over = new Promise<never>((_, failed) =>
      signal.addEventListener('abort', () => failed(new Error('leadership is over')), { once: true }),
    );
    over.catch(() => undefined);
    while (!signal.aborted) {
      try {
        await Promise.race([this.ports.publisher.prepare(), over]);
        this.position = await this.whereToStart();
        this.onlyOwn = false;
        while (!signal.aborted) await this.publishNext(this.position);
      } catch (error) {
        if (signal.aborted) break;
        this.counters.retries += 1;
        this.reason = error instanceof Error ? error.message : String(error);
        this.ports.onTrouble?.({ reason: this.reason, position: this.position ?? 0 });
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    this.position = null;
  }

  /** After the last event that the stream holds of this very log; else from the head on: readers pull what is older from the owner. */
  private async whereToStart(): Promise<number> {
    const [last, head] = await Promise.all([this.ports.publisher.lastMessageId(), this.ports.log.head()]);
    this.head = head.position;
    const [incarnation, position] = last?.split(':') ?? [];
    if (incarnation === head.incarnation && Number(position) <= head.position) return Number(position);
    return this.position === null ? head.position : Math.min(this.position, head.position);
  }

  private async publishNext(after: number): Promise<void> {
    this.woken = false;
    const events = await this.next(after);
    const last = events.at(-1);
    if (!last) return this.sleep();
    const { oversize } = await this.ports.publisher.publish(events);
    for (const position of oversize)
      this.ports.onTrouble?.({ reason: 'too large for the broker: readers get it from the owner', position });
    this.counters.oversize += oversize.length;
    this.counters.published += events.length - oversize.length;
    this.reason = undefined;
    this.position = last.position;
    this.head = Math.max(this.head, last.position);
    // Reading on to see that nothing is there would double the reads of a log that gets an event now and then.
    if (this.position >= this.head) await this.sleep();
  }

  /** From memory where it is there whole: reading back what was written a moment ago would take as long as writing it. */
  private async next(after: number): Promise<readonly EncodedEvent[]> {
    const { log } = this.ports;
    const own = this.onlyOwn ? log.recentlyAppended(after, PAGE_EVENTS, PAGE_BYTES) : [];
    if (own.length > 0) return own;
    this.onlyOwn = true;
    return log.readEncoded(after, PAGE_EVENTS, PAGE_BYTES);
  }

  /** Until something is appended, here or in another replica; the timer covers pokes that were lost. */
  private sleep(): Promise<void> {
    if (this.woken) return Promise.resolve();
    return new Promise(done => {
      const timer = setTimeout(() => {
        this.onlyOwn = false;
        done();
      }, TIMER_MS);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private rouse(): void {
    this.woken = true;
    this.wake();
  }
}
