/** What clients attempted and what they were told; written down before and after every attempt, so that a crash of ours loses nothing. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

/** `fail`: a definite no; `unknown`: anything that leaves it open whether the command was carried out. */
export type Verdict = 'ok' | 'fail' | 'unknown';

/** log -> [incarnation, position], as a consistency token holds it. */
export type Vector = Readonly<Record<string, readonly [string, number]>>;

export type Operation =
  | 'sign-up'
  | 'rename-user'
  | 'close-account'
  | 'list'
  | 'change'
  | 'restock'
  | 'withdraw'
  | 'buy'
  | 'cancel'
  | 'read-purchases'
  | 'read-orders'
  | 'read-product'
  | 'look-elsewhere';

export interface Answer {
  readonly verdict: Verdict;
  /** 0 where no answer came. */
  readonly status: number;
  /** The problem's code, or what the connection said. */
  readonly code?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of every shape are written down
  readonly body?: any;
  /** The body of a read that was answered, as it came: parsed when it is judged, since a long run has a hundred thousand of them. */
  readonly text?: string;
  readonly token?: string;
  readonly etag?: string;
  /** What a read shows: log -> position. */
  readonly shown?: Readonly<Record<string, number>>;
  readonly replayed?: boolean;
}

export interface Attempt {
  /** Milliseconds since the run began. */
  readonly at: number;
  done?: number;
  answer?: Answer;
}

export interface Call {
  readonly n: number;
  readonly client: string;
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  /** The route that the path belongs to, as the services name it. */
  readonly route: string;
  /** User id of the caller; null for nobody. */
  readonly actor: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of commands; reads have none. */
  readonly key?: string;
  /** The token that was sent. */
  readonly token?: string;
  readonly attempts: Attempt[];
  /** The answer to a repeat after the end of the run. */
  resolved?: Answer;
}

/**
 * What is known of a call in the end. A refusal proves something only where no attempt before it was left open: such an attempt
 * may still be carried out after the refusal of the next one. `resolved` was asked for after everything had come to rest.
 */
export function outcomeOf({ attempts, resolved }: Call): Answer {
  const answers = attempts.flatMap(({ answer }) => (answer ? [answer] : []));
  const yes = answers.find(({ verdict }) => verdict === 'ok');
  if (yes) return yes;
  if (resolved) return resolved;
  const open = attempts.some(({ answer }) => !answer || answer.verdict === 'unknown');
  if (open) return { verdict: 'unknown', status: 0 };
  return answers.at(-1) ?? { verdict: 'fail', status: 0, code: 'never-sent' };
}

/** Calls about which nothing more will be learned, without those whose key is still on its way in another call. */
export function settledOf(calls: readonly Call[]): Call[] {
  const isOpen = (call: Call): boolean =>
    call.attempts.at(-1)?.done === undefined || outcomeOf(call).verdict === 'unknown';
  const open = new Set(calls.filter(isOpen).map(({ key }) => key));
  return calls.filter(call => !isOpen(call) && (call.key === undefined || !open.has(call.key)));
}

/** Id of what a call made; undefined where it made nothing, or where a yes does not say what (I17 tells of that). */
export function madeBy(call: Call): string | undefined {
  const { verdict, body } = outcomeOf(call);
  return verdict === 'ok' && body?.id !== undefined ? String(body.id) : undefined;
}

const SYNC_MS = 500;

export class History {
  readonly calls: Call[] = [];
  /** How many of them are commands. */
  commands = 0;
  private readonly began = performance.now();
  private readonly file: number;
  private readonly syncing: NodeJS.Timeout;

  constructor(readonly path: string) {
    this.file = openSync(path, 'w', 0o600);
    this.syncing = setInterval(() => fdatasyncSync(this.file), SYNC_MS);
  }

  now(): number {
    return Math.round(performance.now() - this.began);
  }

  /** Calls that were sent and not answered yet. */
  inFlight(): Call[] {
    return this.calls.slice(-500).filter(({ attempts }) => attempts.at(-1) && attempts.at(-1)!.done === undefined);
  }

  begin(call: Omit<Call, 'n' | 'attempts'>): Call {
    const begun: Call = { n: this.calls.length, ...call, attempts: [] };
    this.calls.push(begun);
    if (begun.key !== undefined) this.commands += 1;
    return begun;
  }

  invoke(call: Call): Attempt {
    const attempt: Attempt = { at: this.now() };
    const { attempts, ...what } = call;
    const first = attempts.length === 0;
    attempts.push(attempt);
    this.write({ invoke: call.n, at: attempt.at, ...(first && what) });
    return attempt;
  }

  complete(call: Call, attempt: Attempt, answer: Answer): void {
    attempt.done = this.now();
    attempt.answer = answer;
    this.write({ complete: call.n, at: attempt.done, ...answer });
  }

  note(what: object): void {
    this.write({ at: this.now(), ...what });
  }

  close(): void {
    clearInterval(this.syncing);
    fdatasyncSync(this.file);
    closeSync(this.file);
  }

  private write(line: object): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
