/** Where messages of a log come in: decides what is believed, holds it in order, and acknowledges what is done with. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Checkpoint, FeedMessage } from '../ports';
import { AppliedIds } from './applied-ids';
import { DeliveryLine } from './delivery-line';
import { judgeMessage } from './judgements';
import type { Notebook } from './notebook';
import { ReorderBuffer } from './reorder-buffer';
import type { Signal } from './timing';

/** Enough to settle honest doubts; whoever forges more forks than this learns nothing by it. */
const MOST_FORKS = 16;

export class Intake {
  readonly counters = { refilled: 0, refused: 0, duplicates: 0 };
  readonly buffer: ReorderBuffer;
  /** Positions where another event came than the one applied: the owner must say whether ours is right. */
  readonly forks = new Map<number, { readonly ours: string }>();
  /** Positions that several events claimed: only the owner fills them, for a third claim would stand alone in the hole. */
  private readonly contested = new Set<number>();
  /** Position of the last event that the feed brought, whatever became of it. */
  fedUpTo = 0;
  /** Number of the latest arrival, to tell what came before a question was asked. */
  arrivals = 0;
  /** End of the batch that is being committed. */
  applyingUpTo = 0;
  private at?: Checkpoint;
  private readonly ids = new AppliedIds();
  private readonly deliveries: DeliveryLine;

  constructor(
    private readonly log: LogName,
    held: number,
    private readonly notes: Notebook,
    private readonly signals: { readonly work: Signal; readonly askOwner: Signal },
  ) {
    this.buffer = new ReorderBuffer(held);
    this.deliveries = new DeliveryLine(4 * held);
  }

  /** A message of the feed; never throws and never waits. */
  take(message: FeedMessage): void {
    this.arrivals++;
    if (message.kind === 'unreadable') return this.refuse(0, `unreadable message: ${message.reason}`, message.ack);
    const { event, ack } = message;
    this.fedUpTo = event.position;
    // Before the checkpoint is known nothing can be judged; what is let go here is asked of the owner.
    if (!this.at?.incarnation) return this.deliver(event.position, ack);
    const verdict = judgeMessage(this.log, this.at, position => this.ids.at(position), event);
    switch (verdict.kind) {
      case 'take':
        return this.hold(event, ack);
      case 'duplicate':
        this.counters.duplicates++;
        return this.deliver(0, ack);
      case 'fork':
        this.suspect(event.position, verdict.ours);
        return this.refuse(event.position, 'a second event at a position already applied', ack);
      case 'refuse':
        return this.refuse(event.position, verdict.reason, ack);
    }
  }

  /** An event as the owner tells it: where the feed told another, the owner is right. */
  takeFromOwner(event: StoredEvent): void {
    this.arrivals++;
    let offered = this.buffer.offer(event, this.arrivals);
    if (offered === 'fork') {
      this.dropFork(event.position);
      this.noteRefused(event.position, 'a message that differs from the log');
      offered = this.buffer.offer(event, this.arrivals);
    }
    if (offered !== 'held') return;
    this.contested.delete(event.position);
    this.counters.refilled++;
    this.signals.work.wake();
  }

  /** The owner knew of no event after `head` when it was asked: what the feed had claimed to be there is forged. */
  forgetBeyond(head: number, arrivedUpTo: number): void {
    this.buffer.forgetBeyond(head, arrivedUpTo);
    const forged = this.deliveries.forgetBeyond(head, arrivedUpTo);
    if (forged > 0) this.noteRefused(head, 'a position beyond the head of the log', forged);
    this.settle();
  }

  /** It does not follow the event before it: the owner says whether it is forged, or the log not the one applied here. */
  dropStray(position: number): void {
    this.buffer.forget(position);
    this.noteRefused(position, 'it does not follow the event before it');
    this.signals.askOwner.wake();
  }

  committed(events: readonly StoredEvent[]): void {
    this.ids.remember(events);
  }

  /** The sink stands here, also where that is further back than before. */
  moveTo(to: Checkpoint): void {
    if (this.at && this.at.incarnation !== to.incarnation) {
      this.buffer.clear();
      this.contested.clear();
    }
    if (this.at && (this.at.incarnation !== to.incarnation || to.position < this.at.position)) this.ids.clear();
    for (const position of this.contested) if (position <= to.position) this.contested.delete(position);
    this.at = to;
    this.buffer.moveTo(to.position);
    this.settle();
  }

  private hold(event: StoredEvent, ack: () => void): void {
    const { position } = event;
    if (this.contested.has(position)) return this.refuse(position, 'two events at one position', ack);
    switch (this.buffer.offer(event, this.arrivals)) {
      case 'held':
        if (position <= this.buffer.wholeUpTo) this.signals.work.wake();
        else this.signals.askOwner.wake();
        return this.deliver(position, ack);
      case 'duplicate':
        this.counters.duplicates++;
        return this.deliver(position, ack);
      case 'beyond':
        this.signals.askOwner.wake();
        return this.deliver(position, ack);
      case 'fork':
        // Neither can be believed: with both gone the position is a hole, and holes are filled by the owner.
        this.dropFork(position);
        this.contested.add(position);
        return this.refuse(position, 'two events at one position', ack);
    }
  }

  private dropFork(position: number): void {
    // What is being committed right now cannot be taken back.
    if (position <= this.applyingUpTo) this.suspect(position, this.buffer.idAt(position) ?? '');
    this.buffer.forget(position);
  }

  private suspect(position: number, ours: string): void {
    if (this.forks.size < MOST_FORKS) this.forks.set(position, { ours });
  }

  private refuse(position: number, reason: string, ack: () => void): void {
    this.noteRefused(position, reason);
    this.deliver(0, ack);
    this.signals.askOwner.wake();
  }

  private noteRefused(position: number, reason: string, count = 1): void {
    this.counters.refused += count;
    this.notes.add('refused', position, reason, count);
  }

  /** Done with when the checkpoint reaches `until`. */
  private deliver(until: number, ack: () => void): void {
    this.deliveries.push(until, this.arrivals, ack);
    if (until <= (this.at?.position ?? 0)) this.settle();
  }

  private settle(): void {
    this.deliveries.settle(this.at?.position ?? 0);
  }
}
