/** Two generations of a read model as the tables of PostgreSQL hold them, where every statement waits for its turn: the turns are dealt by a test. */
import type { Pool, Queryable, Statement } from '@foldline/postgres';
import type { LogName, Positions } from '@foldline/contracts';

export const LOGS: readonly LogName[] = ['products', 'orders'];
export const GENERATIONS = [1, 2] as const;
const INCARNATION = '0190a1b2-0000-7000-8000-00000000000a';

/** Resolves when it is its turn. */
export type Turn = (what: string) => Promise<unknown>;

/** A lock with a queue, held until its transaction ends. */
class Lock {
  private held: Promise<void> = Promise.resolve();

  async take(): Promise<() => void> {
    const before = this.held;
    let release = (): void => undefined;
    this.held = new Promise(done => (release = done));
    await before;
    return release;
  }
}

/** How a transaction ends that does not end well: before its nth statement, or with the answer to its commit. */
export type Death = number | 'commit-answer-lost' | undefined;

export class ConnectionLost extends Error {}

export class SwitchWorld {
  readonly heads = new Map<LogName, number>(LOGS.map(log => [log, 0]));
  readonly applied = new Map(GENERATIONS.map(generation => [generation as number, new Map<LogName, number>()]));
  serving = 1;
  previous: number | null = null;
  /** Where a switch showed readers less than what had served until then. */
  readonly violations: string[] = [];
  switches = 0;
  private readonly rows = new Map(GENERATIONS.map(generation => [generation as number, new Lock()]));
  private readonly generationsLock = new Lock();

  constructor(private readonly turn: Turn) {}

  append(log: LogName): Positions {
    const position = this.heads.get(log)! + 1;
    this.heads.set(log, position);
    return { [log]: { incarnation: INCARNATION, position } };
  }

  /** What the runner of a generation writes: one statement, which waits for the generation's row. False: at the head. */
  async apply(generation: number, log: LogName): Promise<boolean> {
    await this.turn(`apply ${log} to ${generation}`);
    const release = await this.rows.get(generation)!.take();
    const at = this.applied.get(generation)!;
    const position = at.get(log) ?? 0;
    const isBehind = position < this.heads.get(log)!;
    if (isBehind) at.set(log, position + 1);
    release();
    return isBehind;
  }

  positionsOf(generation: number): Positions {
    const at = this.applied.get(generation)!;
    return Object.fromEntries([...at].map(([log, position]) => [log, { incarnation: INCARNATION, position }]));
  }

  head = async (log: LogName) => {
    await this.turn(`head of ${log}`);
    return { incarnation: INCARNATION, position: this.heads.get(log)!, recordedAt: null };
  };

  /** A session outside transactions, for readers. */
  readonly session: Queryable = {
    query: async <Row>(statement: string | Statement) => {
      const text = textOf(statement);
      await this.turn(text);
      if (!text.startsWith('select serving from')) throw new Error(`nobody reads with: ${text}`);
      return { rows: [{ serving: this.serving }] as Row[], count: 1 };
    },
  };

  /** A pool whose next transaction dies so, or not. */
  pool(death: Death): Pool {
    return {
      transaction: <T>(work: (tx: Queryable) => Promise<T>) => this.transaction(work, death),
    } as unknown as Pool;
  }

  private async transaction<T>(work: (tx: Queryable) => Promise<T>, death: Death): Promise<T> {
    const releases: (() => void)[] = [];
    const writes: (() => void)[] = [];
    let statements = 0;
    const query = async (statement: string | Statement, values: readonly unknown[] = []) => {
      const text = textOf(statement);
      await this.turn(text);
      if (statements++ === death) throw new ConnectionLost();
      return { rows: await this.answer(text, values, releases, writes), count: 0 };
    };
    try {
      const result = await work({ query } as unknown as Queryable);
      await this.turn('commit');
      for (const write of writes) write();
      if (death === 'commit-answer-lost') throw new ConnectionLost();
      return result;
    } finally {
      for (const release of releases) release();
    }
  }

  private async answer(
    text: string,
    values: readonly unknown[],
    releases: (() => void)[],
    writes: (() => void)[],
  ): Promise<unknown[]> {
    if (text.includes('pg_advisory_xact_lock')) {
      releases.push(await this.generationsLock.take());
      return [];
    }
    if (text.includes('for update')) {
      releases.push(await this.rows.get(values[1] as number)!.take());
      return [];
    }
    if (text.startsWith('select p.serving')) return [{ serving: this.serving, state: 'ready' }];
    if (text.startsWith('select log, incarnation'))
      return Object.entries(this.positionsOf(values[1] as number)).map(([log, at]) => ({ log, ...at, eventId: '' }));
    if (text.startsWith('update read.projections')) {
      writes.push(() => this.move(values[1] as number));
      return [];
    }
    if (text.startsWith('update read.generations set keep_until')) return [];
    throw new Error(`the world does not know: ${text}`);
  }

  private move(to: number): void {
    const [before, after] = [this.applied.get(this.serving)!, this.applied.get(to)!];
    for (const [log, position] of before)
      if ((after.get(log) ?? 0) < position)
        this.violations.push(`${log} went from ${position} back to ${after.get(log) ?? 0}`);
    this.previous = this.serving;
    this.serving = to;
    this.switches += 1;
  }
}

const textOf = (statement: string | Statement): string =>
  (typeof statement === 'string' ? statement : statement.text).trim();
