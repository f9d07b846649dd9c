/** Asks a log's owner what the feed cannot tell: where the log ends, whether it is still the same log, and what is missing. */
import type { LogHead } from '@foldline/contracts';
import type { Checkpoint, LogReader } from '../ports';
import { judgeHead, judgePage } from './judgements';
import type { Lane } from './lane';
import type { RunnerSettings } from './settings';
import { Backoff, pause, within } from './timing';

export class OwnerDialogue {
  constructor(
    private readonly lane: Lane,
    private readonly reader: LogReader,
    private readonly settings: RunnerSettings,
  ) {}

  /** On the timer and whenever the lane asks; an owner that is down is asked less and less often, and as soon as somebody waits. */
  async run(): Promise<void> {
    const { lane, settings } = this;
    const backoff = new Backoff(settings.retryMinMs, Math.min(settings.retryMaxMs, 5000), lane.stopSignal);
    while (lane.going) {
      try {
        await this.check();
        lane.ownerError = undefined;
        backoff.reset();
        const woken = await lane.askOwner.wait(settings.headEveryMs);
        // A hole often fills by itself; and whoever sends nonsense cannot make us ask more often than this.
        if (woken && lane.lag.wasLevel) await pause(settings.patienceMs, lane.stopSignal);
      } catch (error) {
        lane.ownerError = error instanceof Error ? error.message : String(error);
        if (await lane.askOwner.wait(backoff.next())) await pause(settings.patienceMs, lane.stopSignal);
      }
    }
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
    if (lane.lag.wasLevel) await this.letTheFeedArrive(head.position);
    const before = lane.intake.counters.refilled;
    while (lane.going && lane.intake.buffer.wholeUpTo < head.position && performance.now() < until) {
      const hole = lane.intake.buffer.hole(head.position);
      if (hole && lane.checkpoint?.incarnation === head.incarnation)
        await this.fillHole(head.incarnation, hole.after, hole.upTo);
      else await lane.drained.wait(settings.headEveryMs);
    }
    const refilled = lane.intake.counters.refilled - before;
    if (refilled > 0)
      lane.notes.add('refilled', lane.intake.buffer.wholeUpTo, 'events the feed did not bring in time', refilled);
    if (lane.intake.buffer.wholeUpTo < head.position) lane.askOwner.wake();
  }

  /** What was appended a moment ago is still on its way: as long as the feed brings more, it is not asked for. */
  private async letTheFeedArrive(head: number): Promise<void> {
    const { stopSignal, intake } = this.lane;
    const { buffer } = intake;
    for (let seen = -1; seen < buffer.wholeUpTo && buffer.wholeUpTo < head && !buffer.holed;) {
      seen = buffer.wholeUpTo;
      await pause(this.settings.patienceMs, stopSignal);
    }
  }

  private async fillHole(incarnation: string, after: number, upTo: number): Promise<void> {
    const { lane, settings } = this;
    const limit = Math.min(settings.pageSize, upTo - after);
    const page = await this.ask('log.read', this.reader.read(lane.log, after, limit));
    const verdict = judgePage(lane.log, incarnation, after, page);
    if (verdict.kind === 'refuse') throw new Error(`the owner of log ${lane.log} answered with a ${verdict.reason}`);
    if (page.length === 0) throw new Error(`the owner of log ${lane.log} has no events before its own head`);
    for (const event of page) lane.intake.takeFromOwner(event);
  }

  private head(at: Checkpoint): Promise<LogHead> {
    return this.ask('log.head', this.reader.head(this.lane.log, at.position > 0 ? at.position : undefined));
  }

  private ask<T>(what: string, answer: Promise<T>): Promise<T> {
    return within(this.settings.ownerTimeoutMs, `${what} of ${this.lane.log}`, answer);
  }
}
