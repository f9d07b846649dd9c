/** What of a person must never be written down: passwords nowhere, addresses, names and sessions in no log of a program or server (I19). */
import { dirname, join } from 'node:path';
import { PASSWORD } from '../load/shopper';
import { PROGRAMS, type ChaosStack } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Judgement } from './evidence';
import { filesBelow, searched } from './plain-text';

/** Customers of a run have addresses and names of these forms alone; a JSON Web Token's second part begins so. */
const PERSONAL = [
  ['an e-mail address', '@example.com'],
  ['a name', 'Shopper '],
  ['a token to sign in', '.eyJ'],
] as const;

export function checkSecrets(stack: ChaosStack): Judgement {
  const passwords = [
    ["a customer's password", PASSWORD],
    ["the admin's password", stack.admin.password],
  ] as const;
  const servers = [stack.postgres, ...stack.brokers, ...(stack.mongo?.server ? [stack.mongo.server] : [])];
  const stores = servers.flatMap(({ dataDir }) => filesBelow(dataDir));
  // A server writes its log beside its data.
  const logs = [
    ...PROGRAMS.map(name => stack.logFile(name)),
    ...servers.flatMap(({ dataDir }) =>
      ['postgres', 'nats', 'mongo'].map(name => join(dirname(dataDir), `${name}.log`)),
    ),
  ];
  const results = [searched(stores, passwords), searched(logs, [...passwords, ...PERSONAL])];
  return judge(
    'I19',
    'no password is written down, and no address, name or session is in a log',
    results.every(({ looked }) => looked > 0) ? results.reduce((sum, { looked }) => sum + looked, 0) : 0,
    results.flatMap(({ found }) => found.map(({ file, what }) => `${file} holds ${what}`)),
  );
}
