/** A log gets another identity only while nobody works with it, and whoever comes next knows it by the new one. */
import { Connection } from '@foldline/postgres';
import { postgresUrl } from '@foldline/testing';
import { appendTo, makeLogDatabase, type LogDatabase } from '../testing';
import { PostgresEventLog } from './postgres-event-log';
import { LogInUseError, renewIncarnation } from './restored';

let database: LogDatabase;
let owner: Connection;
let role: string;
const open = (): PostgresEventLog => new PostgresEventLog({ log: 'products', url: database.appUrl });

beforeEach(async () => {
  database = await makeLogDatabase(postgresUrl());
  owner = await Connection.open({ url: database.ownerUrl, name: 'replay log-restored' });
  role = new URL(database.appUrl).username;
});
afterEach(async () => {
  await owner.close();
  await database.drop();
});

it('a log whose service runs keeps its identity, and the refusal names who is there', async () => {
  const log = open();
  const { incarnation } = await log.head();
  const refused = await renewIncarnation(owner, role).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LogInUseError);
  expect(refused).toMatchObject({
    role,
    sessions: expect.arrayContaining([expect.stringMatching(/^products-log-\w+ \(process \d+ of PostgreSQL\)$/)]),
  });
  expect(await log.append(appendTo('product-a', 0, { events: 1 }))).toMatchObject({ kind: 'appended', incarnation });
  await log.close();
});

it('a log that nobody works with has a new one, at the place where it ends', async () => {
  const log = open();
  await log.append(appendTo('product-a', 0, { events: 3 }));
  const { incarnation: before } = await log.head();
  await log.close();
  const restored = await renewIncarnation(owner, role);
  expect(restored).toEqual({ before, incarnation: expect.not.stringMatching(before), position: 3 });
  const again = open();
  expect(await again.head()).toMatchObject({ incarnation: restored.incarnation, position: 3 });
  await again.close();
});

it('a service that comes in the very moment is refused for, or knows the new identity alone', async () => {
  for (let round = 0; round < 10; round += 1) {
    const log = open();
    const [renewed, head] = await Promise.allSettled([renewIncarnation(owner, role), log.head()]);
    if (head.status === 'rejected') throw head.reason as Error;
    if (renewed.status === 'fulfilled') expect(head.value.incarnation).toBe(renewed.value.incarnation);
    else expect(renewed.reason).toBeInstanceOf(LogInUseError);
    await log.close();
  }
});
