/** Keeps a sink level with its logs, whatever the transport does: a lane per log, fed by messages and checked against the owner. */
import type { Positions } from '@foldline/contracts';
import type { LogFeed, LogReader, Sink } from '../ports';
import { Lane } from './lane';
import { OwnerDialogue } from './owner-dialogue';
import { checkSettings, type RunnerSettings } from './settings';
import type { RunnerStatus } from './status';
import { Backoff } from './timing';
import { Waiters, type Reached } from './waiters';

export interface RunnerPorts {
  readonly sink: Sink;
  /** Absent where the log is read directly, without a transport. */
  readonly feed?: LogFeed;
  readonly reader: LogReader;
}

export class Runner {
  private readonly settings: RunnerSettings;
  private readonly lanes: readonly Lane[];
  private readonly waiters: Waiters;
  private readonly stopping = new AbortController();
  private running: Promise<unknown>[] = [];

  constructor(
    private readonly ports: RunnerPorts,
    settings: Partial<RunnerSettings> = {},
  ) {
    this.settings = checkSettings(settings);
    this.waiters = new Waiters(() => this.positions());
    this.lanes = ports.sink.logs.map(log => new Lane(log, ports.sink, this.settings, () => this.waiters.look()));
  }

  /** Returns at once: a sink, owner or transport that is down is waited for. */
  start(): void {
    if (this.running.length > 0) return;
    for (const lane of this.lanes)
      this.running.push(
        lane.run(),
        new OwnerDialogue(lane, this.ports.reader, this.settings, this.ports.feed !== undefined).run(),
        ...(this.ports.feed ? [this.listen(lane, this.ports.feed)] : []),
      );
  }

  /** Lets open transactions finish, applies nothing more, and tells waiters. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const lane of this.lanes) lane.stop();
    this.waiters.close();
    await Promise.all(this.running);
    await Promise.all(this.lanes.map(lane => lane.notes.flushed()));
  }

  /** Something was appended, says whoever knows: asks the owner now instead of at the next tick. */
  poke(): void {
    for (const lane of this.lanes) {
      lane.poked = true;
      lane.askOwner.wake();
    }
  }

  /** What is applied, per log; logs of which nothing was applied yet are left out. */
  positions(): Positions {
    return Object.fromEntries(
      this.lanes.flatMap(({ log, checkpoint }) =>
        checkpoint && checkpoint.position > 0
          ? [[log, { incarnation: checkpoint.incarnation, position: checkpoint.position }]]
          : [],
      ),
    );
  }

  /** Waits until at least these positions are applied; logs that this sink does not read are left aside. */
  async reached(wanted: Positions, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Reached> {
    const lanes = this.lanes.filter(({ log }) => wanted[log]);
    const asked = this.waiters.wait(Object.fromEntries(lanes.map(({ log }) => [log, wanted[log]])), options);
    // What the feed lost would otherwise be found at the next tick only, later than most readers wait.
    for (const lane of lanes)
      if (wanted[lane.log]!.position > lane.intake.buffer.wholeUpTo && wanted[lane.log]!.position > 0)
        lane.askOwner.wake();
    return asked;
  }

  status(): RunnerStatus {
    return { name: this.ports.sink.name, logs: this.lanes.map(lane => lane.status()) };
  }

  private async listen(lane: Lane, feed: LogFeed): Promise<void> {
    const stop = this.stopping.signal;
    const backoff = new Backoff(this.settings.retryMinMs, this.settings.retryMaxMs, stop);
    while (!stop.aborted) {
      const subscribing = feed.subscribe(lane.log, this.settings.reader ?? this.ports.sink.name, lane.take);
      const subscription = await Promise.race([subscribing.catch(() => undefined), stopped(stop)]);
      if (subscription) {
        await stopped(stop);
        return subscription.stop();
      }
      if (stop.aborted) return void subscribing.then(late => late.stop()).catch(() => {});
      await backoff.pause();
    }
  }
}

const stopped = (signal: AbortSignal): Promise<undefined> =>
  new Promise(resolve => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
