/** One log of a sink: applies it in order, and never moves without the sink's own checkpoint. */
import type { LogName } from '@foldline/contracts';
import { SinkHaltedError, type Checkpoint, type FeedMessage, type Sink } from '../ports';
import { Intake } from './intake';
import { followingOn } from './judgements';
import { Lag } from './lag';
import { Notebook } from './notebook';
import type { RunnerSettings } from './settings';
import type { LaneState, LaneStatus } from './status';
import { Backoff, Signal } from './timing';

export class Lane {
  readonly intake: Intake;
  readonly notes: Notebook;
  readonly lag = new Lag();
  /** Wakes the dialogue with the owner: a hole, a fork, a reader who cannot wait for the timer. */
  readonly askOwner = new Signal();
  /** Somebody knows that there is more since the owner was asked last. */
  poked = false;
  /** Wakes whoever waits for room in the buffer. */
  readonly drained = new Signal();
  /** Why the owner does not answer, until it does. */
  ownerError?: string;
  /** As last read from the sink; undefined before the first time. */
  checkpoint?: Checkpoint;
  private readonly counters = { applied: 0, parked: 0 };
  private readonly work = new Signal();
  private readonly stopping = new AbortController();
  /** False after an error: the sink must be asked where it stands. */
  private sure = false;
  private adopted = '';
  private haltReason?: string;
  private sinkError?: string;

  constructor(
    readonly log: LogName,
    private readonly sink: Sink,
    private readonly settings: RunnerSettings,
    private readonly onMoved: () => void,
  ) {
    this.notes = new Notebook(sink, log, settings.onNote, this.stopping.signal);
    this.intake = new Intake(log, settings.held, this.notes, { work: this.work, askOwner: this.askOwner });
  }

  get stopSignal(): AbortSignal {
    return this.stopping.signal;
  }
  get going(): boolean {
    return !this.stopping.signal.aborted && this.haltReason === undefined;
  }

  readonly take = (message: FeedMessage): void => {
    if (this.going) this.intake.take(message);
  };

  /** Applies what is ready, in natural batches: while one is being committed the next one gathers. */
  async run(): Promise<void> {
    const backoff = new Backoff(this.settings.retryMinMs, this.settings.retryMaxMs, this.stopSignal);
    while (this.going) {
      try {
        const at = this.sure && this.checkpoint ? this.checkpoint : await this.reload();
        if (!(await this.applyNext(at))) await this.work.wait();
        this.sinkError = undefined;
        backoff.reset();
      } catch (error) {
        if (error instanceof SinkHaltedError) return this.halt(error.message);
        this.sinkError = error instanceof Error ? error.message : String(error);
        // The outcome is unknown and the store may even have come back older than it was: only it knows where it stands.
        this.sure = false;
        await backoff.pause();
      }
    }
  }

  /** Reads where the sink stands; also asked for before halting, since someone else may have moved it. */
  async reload(): Promise<Checkpoint> {
    const stored = await this.sink.checkpoint(this.log);
    const at = stored ?? { incarnation: this.adopted, position: 0, eventId: '' };
    this.moveTo(at);
    return at;
  }

  /** A log of which nothing was applied yet has the incarnation that its owner says. */
  adopt(incarnation: string): void {
    if (this.checkpoint?.position !== 0 || this.checkpoint.incarnation === incarnation) return;
    this.adopted = incarnation;
    this.moveTo({ ...this.checkpoint, incarnation });
  }

  /** For good: only a person can say what is right when the log is not the one that was applied. */
  halt(reason: string): void {
    if (!this.going) return;
    this.haltReason = `${this.log}: ${reason}. ${this.sink.wayOut}`;
    this.intake.buffer.clear();
    this.notes.add('halted', this.checkpoint?.position ?? 0, reason);
    this.wakeAll();
  }

  stop(): void {
    this.stopping.abort();
    this.wakeAll();
  }

  status(): LaneStatus {
    const position = this.checkpoint?.position ?? 0;
    const reason = this.haltReason ?? this.sinkError ?? this.ownerError;
    const lag = this.lag.of(position, this.intake.buffer.ready(1)[0]?.recordedAt);
    return {
      log: this.log,
      state: this.state(lag.lagEvents),
      ...(reason !== undefined && { reason }),
      incarnation: this.checkpoint?.incarnation || null,
      position,
      ...lag,
      ...this.counters,
      ...this.intake.counters,
    };
  }

  private state(lagEvents: number): LaneState {
    if (this.haltReason !== undefined) return 'halted';
    if (this.stopSignal.aborted) return 'stopped';
    return this.lag.wasLevel && lagEvents <= this.settings.maxBatch ? 'running' : 'catching-up';
  }

  private async applyNext(from: Checkpoint): Promise<boolean> {
    if (!from.incarnation) return false;
    const { intake } = this;
    const ready = intake.buffer.ready(Math.min(this.settings.maxBatch, this.sink.maxBatch ?? Infinity));
    const events = ready.slice(0, followingOn(from, ready));
    const stray = ready[events.length];
    if (stray) intake.dropStray(stray.position);
    if (events.length === 0) return false;
    intake.applyingUpTo = from.position + events.length;
    const startedAt = Date.now();
    const applied = await this.sink.apply({ log: this.log, from, events });
    if (applied.kind === 'applied') {
      const committed = events.slice(0, applied.checkpoint.position - from.position);
      const { parked } = applied;
      this.counters.applied += committed.length;
      this.counters.parked += parked.length;
      intake.committed(committed);
      this.settings.onApplied({ log: this.log, events: committed, parked, startedAt, endedAt: Date.now() });
    }
    this.moveTo(applied.checkpoint);
    return true;
  }

  private moveTo(to: Checkpoint): void {
    const movedBack = to.position < (this.checkpoint?.position ?? 0);
    this.checkpoint = to;
    this.sure = true;
    this.intake.moveTo(to);
    this.lag.moved(to.position);
    this.drained.wake();
    this.work.wake();
    // Moved back, or over a hole: what is missing now is only at the owner.
    if (!to.incarnation || movedBack || this.intake.buffer.holed) this.askOwner.wake();
    this.onMoved();
  }

  private wakeAll(): void {
    for (const signal of [this.work, this.askOwner, this.drained]) signal.wake();
  }
}
