/** Asks a log's owner what the feed cannot tell: where the log ends, whether it is still the same log, and what is missing. */
import type { LogHead, StoredEvent } from '@foldline/contracts';
import type { Checkpoint, LogReader } from '../ports';
import { judgeHead, judgePage } from './judgements';
import type { Lane } from './lane';
import type { RunnerSettings } from './settings';
import { Backoff, pause, within } from './timing';

/** Times that a feed may bring nothing: a busy relay takes longer than a transport. */
const MOST_LOOKS = 3;

export class OwnerDialogue {
  constructor(
    private readonly lane: Lane,
    private readonly reader: LogReader,
    private readonly settings: RunnerSettings,
    /** False where the owner is all that the lane has: then it is asked at once. */
    private readonly fed: boolean,
  ) {}

  /** On the timer and whenever the lane asks; an owner that is down is asked less and less often, and as soon as somebody waits. */
  async run(): Promise<void> {
    const { lane, settings } = this;
    const backoff = new Backoff(settings.retryMinMs, Math.min(settings.retryMaxMs, 5000), lane.stopSignal);
    while (lane.going) {
      try {
        if (this.fed || !lane.poked || !(await this.pull())) await this.check();
        lane.ownerError = undefined;
        backoff.reset();
        const woken = await lane.askOwner.wait(settings.headEveryMs);
        // A hole often fills by itself; and whoever sends nonsense cannot make us ask more often than this.
        if (woken && this.fed && lane.lag.wasLevel) await pause(settings.patienceMs, lane.stopSignal);
      } catch (error) {
        lane.ownerError = error instanceof Error ? error.message : String(error);
        if (await lane.askOwner.wait(backoff.next())) await pause(settings.patienceMs, lane.stopSignal);
      }
    }
  }

  /** What was just appended, without asking for the head first: the timer does. False where that is not enough to be level. */
  private async pull(): Promise<boolean> {
    const { lane, settings } = this;
    lane.poked = false;
    const { incarnation, position } = lane.checkpoint ?? { incarnation: '', position: 0 };
    const after = lane.intake.buffer.wholeUpTo;
    const limit = Math.min(settings.pageSize, settings.held - (after - position));
    if (!incarnation || !lane.lag.wasLevel || limit <= 0) return false;
    const events = await this.page(incarnation, after, limit);
    for (const event of events) lane.intake.takeFromOwner(event);
    lane.lag.answered(Math.max(lane.intake.buffer.wholeUpTo, lane.checkpoint!.position));
    return events.length < limit;
  }

  private async check(): Promise<void> {
    const { lane } = this;
    const at = lane.checkpoint;
    if (!at) return void (await pause(this.settings.retryMinMs, lane.stopSignal));
    const arrivedUpTo = lane.intake.arrivals;
    const head = await this.head(at);
    const verdict = judgeHead(at, head);
    if (verdict.kind === 'halt') return this.confirmHalt();
    lane.adopt(head.incarnation);
    lane.lag.answered(Math.max(head.position, lane.checkpoint?.position ?? 0));
    lane.intake.forgetBeyond(head.position, arrivedUpTo);
    await this.settleForks();
    await this.fill(head);
  }

  /** Halting is for good, so it takes two answers, and a checkpoint as the sink has it now. */
  private async confirmHalt(): Promise<void> {
    const at = await this.lane.reload();
    const verdict = judgeHead(at, await this.head(at));
    if (verdict.kind === 'halt') this.lane.halt(verdict.reason);
  }

  private async settleForks(): Promise<void> {
    for (const [position, { ours }] of this.lane.intake.forks) {
      const { eventIdAt } = await this.ask('log.head', this.reader.head(this.lane.log, position));
      if (eventIdAt !== ours)
        return this.lane.halt('the log forked: it holds another event at a position applied here');
      this.lane.intake.forks.delete(position);
    }
  }

  /** Pulls what is missing up to the head, page by page, while the lane applies what came before. */
  private async fill(head: LogHead): Promise<void> {
    const { lane, settings } = this;
    const until = performance.now() + settings.headEveryMs;
    const before = lane.intake.counters.refilled;
    const isBehind = (): boolean =>
      lane.going && lane.intake.buffer.wholeUpTo < head.position && performance.now() < until;
    let feedBrings = this.fed;
    while (isBehind()) {
      feedBrings &&= await this.letTheFeedArrive(head.position, until);
      if (!isBehind()) break;
      const { fedUpTo } = lane.intake;
      const hole = lane.intake.buffer.hole(head.position);
      if (hole && lane.checkpoint?.incarnation === head.incarnation)
        await this.fillHole(head.incarnation, hole.after, hole.upTo);
      else await lane.drained.wait(settings.headEveryMs);
      feedBrings ||= this.fed && this.isComing(fedUpTo);
    }
    const refilled = lane.intake.counters.refilled - before;
    if (this.fed && refilled > 0)
      lane.notes.add('refilled', lane.intake.buffer.wholeUpTo, 'events the feed did not bring in time', refilled);
    if (lane.intake.buffer.wholeUpTo < head.position) lane.askOwner.wake();
  }

  /**
   * What was appended a moment ago is still on its way: as long as the feed brings more, or there is more than one batch to
   * apply first, it is not asked for. A feed waits for its reader; who did not wait for it would get everything twice.
   * False where it brought nothing that was missing: then all of that is only at the owner.
   */
  private async letTheFeedArrive(head: number, until: number): Promise<boolean> {
    const { lane } = this;
    const { buffer } = lane.intake;
    const from = buffer.wholeUpTo;
    const mayCome = (): boolean => lane.going && seen < head && !buffer.holed && performance.now() < until;
    let seen = from;
    for (let looks = 0; looks < MOST_LOOKS && mayCome(); looks += 1) {
      await pause(this.settings.patienceMs, lane.stopSignal);
      if (buffer.wholeUpTo > seen || buffer.size > this.settings.maxBatch) looks = 0;
      seen = buffer.wholeUpTo;
    }
    return seen > from || buffer.holed;
  }

  /** The feed has moved, and not past what is held: it will come to what is missing. */
  private isComing(since: number): boolean {
    const { fedUpTo, buffer } = this.lane.intake;
    return fedUpTo > since && fedUpTo <= buffer.wholeUpTo;
  }

  private async fillHole(incarnation: string, after: number, upTo: number): Promise<void> {
    const { lane, settings } = this;
    const events = await this.page(incarnation, after, Math.min(settings.pageSize, upTo - after));
    if (events.length === 0) throw new Error(`the owner of log ${lane.log} has no events before its own head`);
    for (const event of events) lane.intake.takeFromOwner(event);
  }

  private async page(incarnation: string, after: number, limit: number): Promise<readonly StoredEvent[]> {
    const { log } = this.lane;
    const page = await this.ask('log.read', this.reader.read(log, after, limit));
    const verdict = judgePage(log, incarnation, after, page);
    if (verdict.kind === 'refuse') throw new Error(`the owner of log ${log} answered with a ${verdict.reason}`);
    return page;
  }

  private head(at: Checkpoint): Promise<LogHead> {
    return this.ask('log.head', this.reader.head(this.lane.log, at.position > 0 ? at.position : undefined));
  }

  private ask<T>(what: string, answer: Promise<T>): Promise<T> {
    return within(this.settings.ownerTimeoutMs, `${what} of ${this.lane.log}`, answer);
  }
}
