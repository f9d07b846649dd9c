import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { keepSecrets } = require('./secrets.cjs');

const folder = mkdtempSync(join(tmpdir(), 'foldline-secrets-'));
const file = join(folder, 'secrets.json');
afterAll(() => rmSync(folder, { recursive: true }));

it('secrets are made once', () => {
  const first = keepSecrets(folder, {});
  expect(keepSecrets(folder, {})).toEqual(first);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(first);
});

it('a service that comes later gets secrets of its own, which are kept; the others keep theirs', () => {
  const whole = keepSecrets(folder, {});
  const { orders: _database, ...databases } = whole.databases;
  const { orders: _keys, ...nats } = whole.nats;
  writeFileSync(file, JSON.stringify({ ...whole, databases, nats }));
  const completed = keepSecrets(folder, {});
  expect(completed).toMatchObject({ ...whole, databases, nats });
  expect(completed.databases.orders).toEqual({ app: expect.any(String), owner: expect.any(String) });
  expect(completed.nats.orders).toEqual({ publicKey: expect.any(String), seed: expect.stringMatching(/^SU/) });
  expect(completed.nats.orders).not.toEqual(whole.nats.orders);
  expect(keepSecrets(folder, {})).toEqual(completed);
});
