/** The laws of a log, on every prefix (I5-I7), and one holder of an address (I16). */
import { LOGS } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Check, Evidence, Judgement } from './evidence';

function versions({ logs }: Evidence): Judgement {
  const violations: string[] = [];
  const ids = new Set<string>();
  let looked = 0;
  for (const log of LOGS) {
    const at = new Map<string, number>();
    for (const { position, stream, version, id } of logs.events[log]) {
      looked += 1;
      const before = at.get(stream) ?? 0;
      if (version !== before + 1)
        violations.push(`${log} ${position}: ${stream} goes from version ${before} to ${version}`);
      at.set(stream, version);
      if (ids.has(id)) violations.push(`${log} ${position}: event id ${id} is there twice`);
      ids.add(id);
    }
  }
  return judge('I5', 'versions of a stream are 1, 2, 3 ..., event ids are unique', looked, violations);
}

function positions({ logs, tapped, sampled }: Evidence): Judgement {
  const violations: string[] = [];
  let looked = 0;
  for (const log of LOGS) {
    const events = logs.events[log];
    const { position: head, incarnation } = logs.heads[log];
    events.forEach(({ position }, i) => {
      looked += 1;
      if (position !== i + 1) violations.push(`${log}: position ${position} stands at place ${i + 1}`);
    });
    if (head !== events.length) violations.push(`${log}: the head is ${head}, and there are ${events.length} events`);
    for (const seen of [...tapped.events, ...sampled.heads]) {
      if (seen.log !== log) continue;
      looked += 1;
      if (seen.incarnation !== incarnation) violations.push(`${log}: was of incarnation ${seen.incarnation} before`);
      const is = events[seen.position - 1]?.id;
      if (is !== seen.id)
        violations.push(`${log} ${seen.position}: was seen as event ${seen.id}, and the log holds ${is ?? 'none'}`);
    }
  }
  return judge(
    'I6',
    'a position names one event for ever: in the log, on the wire, at a checkpoint',
    looked,
    violations,
  );
}

function order({ logs }: Evidence): Judgement {
  const violations: string[] = [];
  let looked = 0;
  for (const log of LOGS) {
    let before = '';
    for (const { position, recordedAt } of logs.events[log]) {
      looked += 1;
      if (recordedAt < before) violations.push(`${log} ${position}: recorded before its predecessor`);
      before = recordedAt;
    }
  }
  return judge('I7', 'the log keeps the order of every stream and of time', looked, violations);
}

function holders({ logs }: Evidence): Judgement {
  const violations: string[] = [];
  const holder = new Map<string, string>();
  const addressOf = new Map<string, string>();
  for (const { position, type, data } of logs.events.users) {
    if (type === 'UserSignedUp') {
      const email = (data.personal.email as string).normalize('NFKC').toLowerCase();
      const other = holder.get(email);
      if (other) violations.push(`users ${position}: the address of ${data.userId} is held by ${other}`);
      holder.set(email, data.userId);
      addressOf.set(data.userId, email);
    } else if (type === 'UserClosed') holder.delete(addressOf.get(data.userId) ?? '');
  }
  return judge('I16', 'an e-mail address never has two holders', logs.events.users.length, violations);
}

export const checkLogs: Check = evidence => [
  versions(evidence),
  positions(evidence),
  order(evidence),
  holders(evidence),
];
