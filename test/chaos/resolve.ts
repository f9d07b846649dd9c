/** After the run: every open command is sent once more with its key, and a sample of the known ones too. */
import { madeBy, outcomeOf, type Answer, type Call, type History } from './load/history';
import { attempt } from './load/http';
import { PASSWORD } from './load/shopper';
import { NOBODY_LEFT, nameOf } from './checks/commands';
import type { ChaosStack } from './stack/chaos-stack';

export interface Resolution {
  readonly open: number;
  readonly repeated: number;
  /** Repeats that were not answered as the first time, and bodies that were taken under a used key. */
  readonly violations: readonly string[];
}

const SAMPLE = 60;
const TRIES = 20;
/** A shop that gives no definite answer for so long gives none any more: what is open stays open. */
const PATIENCE_MS = 30_000;

class Patience {
  private since = performance.now();

  get isOver(): boolean {
    return performance.now() - this.since > PATIENCE_MS;
  }

  heard({ verdict }: Answer): void {
    if (verdict !== 'unknown') this.since = performance.now();
  }
}

/** Signs in as whoever sent a call; undefined when that account is closed by now. */
class Callers {
  private readonly known = new Map<string, string | undefined>();

  constructor(
    private readonly stack: ChaosStack,
    private readonly emails: ReadonlyMap<string, string>,
  ) {}

  async accessOf(userId: string): Promise<string | undefined> {
    if (!this.known.has(userId)) this.known.set(userId, await this.signIn(userId));
    return this.known.get(userId);
  }

  private async signIn(userId: string): Promise<string | undefined> {
    const email = this.emails.get(userId);
    const login = email ? { email, password: PASSWORD } : this.stack.admin;
    const response = await fetch(`${this.stack.gateway}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
      signal: AbortSignal.timeout(10_000),
    });
    return response.status === 201 ? ((await response.json()) as { accessToken: string }).accessToken : undefined;
  }
}

function emailsOf(history: History): Map<string, string> {
  const emails = new Map<string, string>();
  for (const call of history.calls) {
    const id = call.operation === 'sign-up' ? madeBy(call) : undefined;
    if (id !== undefined) emails.set(id, (call.body as { email: string }).email);
  }
  return emails;
}

export async function resolveOpen(stack: ChaosStack, history: History): Promise<Resolution> {
  const callers = new Callers(stack, emailsOf(history));
  const isOpen = (call: Call): boolean => call.key !== undefined && outcomeOf(call).verdict === 'unknown';
  const open = history.calls.filter(isOpen);
  const violations: string[] = [];
  const patience = new Patience();
  for (const call of open) {
    for (let tried = 0; tried < TRIES && isOpen(call) && !patience.isOver; tried += 1) {
      const access = call.actor === null ? undefined : await callers.accessOf(call.actor);
      // Whoever closed the account cannot ask any more; what became of the command the log alone tells.
      const answer = await attempt(stack.gateway, call, access);
      patience.heard(answer);
      if (answer.status === 401) call.resolved = { verdict: 'unknown', status: 401, code: NOBODY_LEFT };
      else if (answer.verdict !== 'unknown') call.resolved = answer;
      if (call.resolved) break;
    }
    history.note({ resolved: call.n, answer: call.resolved });
  }
  // Whoever closed the account cannot ask any more: towards the end of a long run that is most of them.
  const hasLeft = (call: Call): boolean => call.operation === 'close-account' && outcomeOf(call).verdict === 'ok';
  const leavers = new Set(history.calls.filter(hasLeft).map(({ actor }) => actor));
  const known = history.calls.filter(
    call => call.key !== undefined && outcomeOf(call).verdict === 'ok' && !leavers.has(call.actor),
  );
  const every = Math.max(1, Math.ceil(known.length / SAMPLE));
  const sample = known.filter((_, i) => i % every === 0);
  let repeated = 0;
  for (const call of sample) {
    if (patience.isOver) break;
    const access = call.actor === null ? undefined : await callers.accessOf(call.actor);
    if (call.actor !== null && !access) continue;
    repeated += 1;
    const first = outcomeOf(call);
    const again = await attempt(stack.gateway, call, access);
    patience.heard(again);
    if (again.status !== first.status || JSON.stringify(again.body?.id) !== JSON.stringify(first.body?.id))
      violations.push(
        `${nameOf(call)} was answered ${first.status}, and its repeat ${again.status} ${again.code ?? ''}`,
      );
    if (call.body === undefined) continue;
    const other = { ...call, body: changed(call.body) };
    const misused = await attempt(stack.gateway, other, access);
    if (misused.status !== 422)
      violations.push(`${nameOf(call)} with another body was answered ${misused.status} instead of 422`);
  }
  return { open: open.length, repeated, violations };
}

/** The same request asking for something else. */
function changed(body: unknown): unknown {
  const other = structuredClone(body) as Record<string, unknown>;
  if (Array.isArray(other.items)) (other.items[0] as { quantity: number }).quantity += 1;
  else if (typeof other.quantity === 'number') other.quantity += 1;
  else if (typeof other.displayName === 'string') other.displayName += '!';
  else if (typeof other.title === 'string') other.title += '!';
  else (other.price as { amount: number }).amount += 1;
  return other;
}
