/** Acknowledged, refused and open commands against the events that the logs hold (I1-I4, I17). */
import { v5 } from 'uuid';
import { madeBy, outcomeOf, type Call } from '../load/history';
import type { LogEvent } from '../model/log-events';
import type { LogName } from '../stack/chaos-stack';
import type { Check, Evidence, Judgement } from './evidence';

/** How a service names the command of a key: by the day, who asks, the route and the key. */
const NAMESPACE = '6f1d0c52-6a53-5d0e-9a53-0d5f1e9f7a11';
const DAY_MS = 86_400_000;

/** Code of an open command whose caller closed the account: the log alone tells what became of it. */
export const NOBODY_LEFT = 'nobody-left-to-ask';

/** Events that process steps write; all others are of commands. */
const OF_STEPS = new Set(['StockReserved', 'StockRefused', 'StockReleased', 'OrderConfirmed', 'OrderRejected']);

/** Events a command writes when it is carried out, in order; what is in brackets may be missing. */
const EVENTS: Partial<Record<Call['operation'], { readonly log: LogName; readonly types: readonly string[][] }>> = {
  'sign-up': { log: 'users', types: [['UserSignedUp']] },
  'rename-user': { log: 'users', types: [['UserProfileChanged'], []] },
  'close-account': { log: 'users', types: [['UserClosed'], []] },
  list: { log: 'products', types: [['ProductListed', 'StockReceived'], ['ProductListed']] },
  change: { log: 'products', types: [['ProductDetailsChanged'], ['ProductRepriced'], []] },
  restock: { log: 'products', types: [['StockReceived']] },
  withdraw: { log: 'products', types: [['ProductWithdrawn'], []] },
  buy: { log: 'orders', types: [['OrderPlaced']] },
  cancel: { log: 'orders', types: [['OrderCancelled'], []] },
};

export function commandIds({ actor, method, route, key }: Call, days: readonly number[]): string[] {
  return days.map(day => v5(`${day} ${actor ?? 'anonymous'} ${method} ${route} ${key}`, NAMESPACE));
}

interface Command {
  /** All of one key, caller and route. */
  readonly calls: Call[];
  readonly events: LogEvent[];
}

/** Commands by every id they may have in the logs: the day may turn in the middle of a run. */
function byCommandId(calls: readonly Call[]): Map<string, Command> {
  const today = Math.floor(Date.now() / DAY_MS);
  const found = new Map<string, Command>();
  for (const call of calls) {
    if (!call.key || call.attempts.length === 0) continue;
    const ids = commandIds(call, [today - 1, today]);
    const command = found.get(ids[0]!) ?? { calls: [], events: [] };
    command.calls.push(call);
    for (const id of ids) found.set(id, command);
  }
  return found;
}

export const nameOf = ({ n, client, operation, key }: Call): string =>
  `call ${n} (${client}, ${operation}, key ${key})`;

function commandsOf({ history, logs, strange }: Evidence): { commands: Command[]; ghosts: LogEvent[] } {
  const commands = byCommandId(history.calls);
  const ghosts: LogEvent[] = [];
  for (const event of Object.values(logs.events).flat()) {
    if (OF_STEPS.has(event.type) || strange.has(event.stream)) continue;
    const command = commands.get(event.metadata.commandId);
    if (command) command.events.push(event);
    else if (!(event.type === 'UserSignedUp' && event.data.role === 'admin')) ghosts.push(event);
  }
  return { commands: [...new Set(commands.values())], ghosts };
}

const verdictOf = ({ calls }: Command) => {
  const outcomes = calls.map(outcomeOf);
  return (['ok', 'unknown', 'fail'] as const).find(kind => outcomes.some(({ verdict }) => verdict === kind))!;
};

const typesOf = (events: readonly LogEvent[]): string => events.map(({ type }) => type).join(', ') || 'nothing';

export const checkCommands: Check = evidence => {
  const { commands, ghosts } = commandsOf(evidence);
  const lost: string[] = [];
  const wrong: string[] = [];
  const open: string[] = [];
  const answers: string[] = [];
  const counts = { ok: 0, fail: 0, unknown: 0 };
  for (const command of commands) {
    const [first] = command.calls as [Call];
    const what = EVENTS[first.operation]!;
    const verdict = verdictOf(command);
    counts[verdict] += 1;
    const fits = what.types.some(types => types.join() === command.events.map(({ type }) => type).join());
    if (verdict === 'ok' && !fits)
      lost.push(`${nameOf(first)} was acknowledged, and the log holds ${typesOf(command.events)}`);
    if (verdict === 'fail' && command.events.length > 0)
      wrong.push(
        `${nameOf(first)} was refused (${outcomeOf(first).code}), and the log holds ${typesOf(command.events)}`,
      );
    if (verdict === 'unknown' && command.calls.every(call => outcomeOf(call).code !== NOBODY_LEFT))
      open.push(`${nameOf(first)} was never resolved`);
    if (verdict === 'ok') wrong.push(...staleChange(command));
    answers.push(...differentAnswers(command), ...answerAgainstEvents(command));
  }
  return [
    judge('I1', 'an acknowledged command is in its log exactly once', counts.ok, lost),
    judge(
      'I2',
      'no event without an attempted command',
      Object.values(evidence.logs.events).flat().length,
      ghosts.map(({ log, position, type }) => `${log} ${position}: ${type} belongs to no command of this run`),
    ),
    judge('I3', 'a refusal left no event, a change is of the version it names', counts.fail + counts.ok, wrong),
    judge('I4', 'every open outcome is resolved by its key', commands.length, open),
    judge('I17', 'one key is one effect and one answer', commands.length, answers),
  ];
};

export const judge = (id: string, title: string, looked: number, violations: readonly string[]): Judgement => ({
  id,
  title,
  looked,
  violations,
});

/** Their answer names what they made. */
const MAKING = new Set<Call['operation']>(['sign-up', 'list', 'buy']);

function differentAnswers({ calls }: Command): string[] {
  const [first] = calls as [Call];
  const said = calls.flatMap(call =>
    call.attempts.flatMap(({ answer }) => (answer?.verdict === 'ok' ? [String(answer.body?.id ?? 'nothing')] : [])),
  );
  const different = [...new Set(said)];
  if (different.length > 1) return [`${nameOf(first)} was answered with ${different.join(' and ')}`];
  return MAKING.has(first.operation) && different[0] === 'nothing'
    ? [`${nameOf(first)} was answered without what it made`]
    : [];
}

function answerAgainstEvents({ calls, events }: Command): string[] {
  const [first] = calls as [Call];
  const said = calls.map(madeBy).find(id => id !== undefined);
  const data = events[0]?.data as { orderId?: string; productId?: string; userId?: string } | undefined;
  if (!said || !data) return [];
  const is = data.orderId ?? data.productId ?? data.userId;
  return is === said ? [] : [`${nameOf(first)} was answered with ${said}, and its event is about ${is}`];
}

/** `If-Match` names the version that a change may follow, and no other. */
function staleChange({ calls, events }: Command): string[] {
  const wanted = /"(\d+)"/.exec(calls[0]?.headers?.['if-match'] ?? '')?.[1];
  const [event] = events;
  return wanted === undefined || !event || event.version === Number(wanted) + 1
    ? []
    : [`${nameOf(calls[0]!)} was for version ${wanted}, and is version ${event.version} of ${event.stream}`];
}
