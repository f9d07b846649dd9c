/** Looks at the read models at random moments of the run: each look is one snapshot, compared with the logs up to its own vector. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { quietly } from '../load/quietly';
import type { Random } from '../load/random';
import { STREAMS, withBroker } from '../stack/broker-session';
import { Logs, withDatabase } from '../model/log-events';
import { ShopModel } from '../model/shop-model';
import { differences, PROJECTIONS, storedGenerations, type Projection } from '../model/stored-rows';
import { LOGS, PROGRAMS, type ChaosStack, type LogName } from '../stack/chaos-stack';
import type { Program } from '../stack/program';

export interface SeenAt {
  readonly log: LogName;
  readonly position: number;
  readonly incarnation: string;
  readonly id: string;
}

export type Measure = 'memory kB' | 'handles' | 'connections' | 'unacknowledged';

/** One measure at one moment. */
export interface Usage {
  /** Seconds since the run began. */
  readonly at: number;
  /** A program, or the server that counts for all. */
  readonly of: string;
  readonly measure: Measure;
  readonly value: number;
}

export interface Sampled {
  readonly looks: number;
  readonly compared: number;
  readonly differences: readonly string[];
  /** Checkpoints as they were seen. */
  readonly heads: readonly SeenAt[];
  readonly usage: readonly Usage[];
  /** How long the run itself stood still at most: its clients and its links to the servers stand still with it. */
  readonly longestPauseMs: number;
}

const EVERY_MS = 3000;
/** At most one part of the time is spent in looks, however much there is to be looked at: clients need the machine, too. */
const PART = 5;
/** More would only repeat one finding. */
const MOST = 50;

export class Sampler implements Sampled {
  looks = 0;
  compared = 0;
  readonly differences: string[] = [];
  readonly heads: SeenAt[] = [];
  readonly usage: Usage[] = [];
  private readonly pauses = monitorEventLoopDelay();
  private readonly logs: Logs;
  private readonly model: ShopModel;
  private readonly over = new AbortController();
  private running = Promise.resolve();
  private readonly began = performance.now();

  constructor(
    private readonly stack: ChaosStack,
    private readonly random: Random,
    strange: ReadonlySet<string>,
  ) {
    this.logs = new Logs(stack);
    this.model = new ShopModel(strange);
  }

  get longestPauseMs(): number {
    return Math.round(this.pauses.max / 1e6);
  }

  start(): void {
    this.pauses.enable();
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
    this.pauses.disable();
  }

  private async run(): Promise<void> {
    const { signal } = this.over;
    for (let took = 0; !signal.aborted;) {
      await quietly(Math.max(this.random.next() * 2 * EVERY_MS, took * (PART - 1)), signal);
      const from = performance.now();
      for (const name of PROGRAMS) this.weigh(this.stack.program(name));
      // They may be down at this moment: the next look is soon.
      await this.weighServers().catch(() => undefined);
      // The database may be down at this moment: the next look is soon.
      for (const projection of PROJECTIONS) await this.look(projection).catch(() => undefined);
      took = performance.now() - from;
    }
  }

  private weigh(program: Program): void {
    const usage = program.usage();
    if (!usage) return;
    this.note(program.name, 'memory kB', usage.rssKb);
    this.note(program.name, 'handles', usage.handles);
  }

  /** Sessions of the shop's own roles, and messages that were delivered and not acknowledged. */
  private async weighServers(): Promise<void> {
    const sessions = await withDatabase(this.stack, 'users', sql =>
      sql<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and usename like '%\\_app'`,
      ),
    );
    this.note('postgres', 'connections', sessions[0]!.n);
    await withBroker(this.stack, async (_, manager) => {
      let pending = 0;
      for (const stream of STREAMS)
        for (const { num_ack_pending: unacked } of await manager.consumers.list(stream).next()) pending += unacked;
      this.note('nats', 'unacknowledged', pending);
    });
  }

  private note(of: string, measure: Measure, value: number): void {
    this.usage.push({ at: Math.round((performance.now() - this.began) / 1000), of, measure, value });
  }

  private async look(projection: Projection): Promise<void> {
    const generations = await storedGenerations(this.stack, projection);
    // Read after the snapshot, so that the logs hold all that it is made of.
    await this.logs.catchUp();
    for (const log of LOGS) for (const event of this.logs.take(log)) this.model.apply(event);
    for (const stored of generations) {
      const { compared, found } = differences(stored, this.model);
      this.looks += 1;
      this.compared += compared;
      for (const difference of found.slice(0, 5))
        if (this.differences.length < MOST)
          this.differences.push(
            `generation ${stored.generation} of ${projection.name} in look ${this.looks}: ${difference}`,
          );
      for (const [log, { position, incarnation, eventId }] of Object.entries(stored.checkpoints))
        this.heads.push({ log: log as LogName, position, incarnation, id: eventId });
    }
  }
}
