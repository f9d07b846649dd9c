/** Reads that show at least what their caller has seen or written: once more after waiting, or a clear word why not. */
import { LOGS, type LogHead, type LogName, type Positions } from '@foldline/contracts';
import type { LogReader, Reached } from '@foldline/projections';
import { Gathered } from '@foldline/postgres';
import type { Moment } from './read-store.port';

export type FreshRead<Shown> =
  | { readonly kind: 'shown'; readonly shown: Shown }
  /** The wait is over. */
  | { readonly kind: 'behind' }
  | { readonly kind: 'log-replaced'; readonly log: LogName }
  /** The token names a position that the log has not reached: no answer of this shop gave it. */
  | { readonly kind: 'token-ahead'; readonly log: LogName };

/** Tells when a generation of the read model has got somewhere; whoever keeps them does. */
export interface Progress {
  reached(wanted: Positions, options: { timeoutMs: number; generation?: number }): Promise<Reached>;
}

/** Something that a moment shows must be explained by a log that has not brought it yet. */
export interface Unexplained {
  readonly log: LogName;
  /** Whether what is shown is an answer all the same once the wait is over. */
  readonly showable: boolean;
}

const HEAD_TIMEOUT_MS = 1_000;

/** What was written a moment ago is on its way here: asking the store and the log's owner for it would only hold it up. */
const ON_ITS_WAY_MS = 25;

type Verdict = { readonly kind: 'reached' | 'behind' } | { readonly kind: 'log-replaced'; readonly log: LogName };

function compare(shown: Positions, wanted: Positions): Verdict {
  let behind = false;
  for (const log of LOGS) {
    const want = wanted[log];
    if (!want) continue;
    const at = shown[log];
    if (at && at.incarnation !== want.incarnation) return { kind: 'log-replaced', log };
    behind ||= (at?.position ?? 0) < want.position;
  }
  return { kind: behind ? 'behind' : 'reached' };
}

export class FreshReads {
  private readonly heads: Gathered<LogName, LogHead | undefined>;

  constructor(
    private readonly progress: Progress,
    reader: Pick<LogReader, 'head'>,
    /** That the read model is made from. What a token names of others it never shows: nobody is made to wait for it. */
    private readonly logs: readonly LogName[],
  ) {
    const head = (log: LogName): Promise<LogHead | undefined> =>
      Promise.race([
        reader.head(log).catch(() => undefined),
        new Promise<undefined>(resolve => setTimeout(resolve, HEAD_TIMEOUT_MS, undefined).unref()),
      ]);
    // One call at a time, begun after all who share it have asked: forged tokens cannot flood the owners.
    this.heads = new Gathered(
      async logs => {
        const asked = new Map([...new Set(logs)].map(log => [log, head(log)]));
        return Promise.all(logs.map(log => asked.get(log)!));
      },
      { calls: 1, asks: 10_000 },
    );
  }

  async read<Shown extends Moment>(
    seen: Positions,
    waitMs: number,
    read: () => Promise<Shown>,
    unexplained: (shown: Shown) => Unexplained | undefined,
  ): Promise<FreshRead<Shown>> {
    const wanted = this.ofLogs(seen);
    const end = performance.now() + waitMs;
    if (waitMs > 0 && Object.keys(wanted).length > 0)
      await this.progress.reached(wanted, { timeoutMs: Math.min(waitMs, ON_ITS_WAY_MS) });
    for (let first = true; ; first = false) {
      const shown = await read();
      const verdict = compare(shown.positions, wanted);
      if (verdict.kind === 'log-replaced') return verdict;
      const missing = unexplained(shown);
      if (verdict.kind === 'reached' && !missing) return { kind: 'shown', shown };
      const timeoutMs = end - performance.now();
      const next = verdict.kind === 'behind' ? wanted : { [missing!.log]: beyond(shown.positions, missing!.log) };
      const { generation } = shown;
      const reached = timeoutMs > 0 ? this.progress.reached(next, { timeoutMs, generation }) : 'timeout';
      if (verdict.kind === 'behind' && first) {
        const refused = this.refuse(wanted, shown.positions);
        const refusal = await Promise.race([refused, arrived(reached, refused)]);
        if (refusal) return refusal;
      }
      if (reached === 'timeout')
        return verdict.kind === 'reached' && missing?.showable ? { kind: 'shown', shown } : { kind: 'behind' };
      await reached;
    }
  }

  private ofLogs(seen: Positions): Positions {
    // Most reads bring no token, and do not pay for those that do.
    for (const _ in seen) return Object.fromEntries(this.logs.flatMap(log => (seen[log] ? [[log, seen[log]]] : [])));
    return seen;
  }

  /** What waiting cannot mend, if the owners can be asked. */
  private async refuse(wanted: Positions, shown: Positions): Promise<FreshRead<never> | undefined> {
    const behind = LOGS.filter(log => (shown[log]?.position ?? 0) < (wanted[log]?.position ?? 0));
    const heads = await Promise.all(behind.map(async log => ({ log, head: await this.heads.ask(log) })));
    for (const { log, head } of heads) {
      const { incarnation, position } = wanted[log]!;
      if (head && head.incarnation !== incarnation) return { kind: 'log-replaced', log };
      if (head && head.position < position) return { kind: 'token-ahead', log };
    }
    return undefined;
  }
}

/** Nobody waits for the owner's word when what was wanted has come. */
const arrived = async <T>(reached: Promise<Reached> | Reached, otherwise: Promise<T>): Promise<T | undefined> =>
  (await reached) === 'reached' ? undefined : otherwise;

const beyond = (shown: Positions, log: LogName) => ({
  incarnation: shown[log]?.incarnation ?? '',
  position: (shown[log]?.position ?? 0) + 1,
});
