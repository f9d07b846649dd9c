import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '@foldline/testing';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller } from './client';
import { Shop } from './shop';

const ROOT = resolve(__dirname, '../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'foldline backup ')));
const backup = join(folder, 'monday');
let shop: Shop;
let call: Caller;

beforeAll(async () => {
  shop = await Shop.create();
  call = callOn((await shop.start()).gateway);
}, 120_000);
afterAll(async () => {
  await shop?.remove();
  rmSync(folder, { recursive: true });
}, 60_000);

const tool = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [resolve(ROOT, 'tools', script), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 100_000,
    env: shop.environment,
  });

it('what was there when the backup was taken is there after everything was destroyed', async () => {
  const { admin } = await shop.runFile();
  const adminToken = (await signIn(call, admin.email, admin.password)).token;
  const person = await newPerson(call);
  const productId = await newProduct(call, adminToken, { title: 'Survivor' });
  const bought = await buy(call, person.token, [{ productId, quantity: 2 }]);
  expect(bought.body.status).toBe('confirmed');
  const path = `/users/${person.id}/products`;
  const before = await call('GET', path, { token: person.token, headers: after(bought) });

  const made = tool('run.mjs', 'backup', backup, '--json');
  expect(made).toMatchObject({ status: 0 });
  expect(JSON.parse(made.stdout).databases.orders.log.position).toBe(2);
  expect(statSync(backup).mode & 0o077).toBe(0);
  expect(readdirSync(join(backup, 'query'))).toEqual(['service.settings.copy.gz']);
  expect(tool('run.mjs', 'backup', backup)).toMatchObject({ status: 2, stderr: expect.stringContaining('is there') });
  expect(tool('operate.mjs', 'restore', backup)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('npm stop'),
  });
  // Lost with everything that happens after the backup.
  await buy(call, person.token, [{ productId, quantity: 5 }]);

  await shop.stop();
  expect(tool('operate.mjs', 'restore', backup)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('never overwrites'),
  });
  for (const name of readdirSync(shop.dataDir)) rmSync(join(shop.dataDir, name), { recursive: true, force: true });
  expect(tool('operate.mjs', 'restore', backup)).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('orders up to 2'),
  });

  await shop.start();
  // The key that signs sessions and the passwords came back, and the read model made itself anew.
  await eventually(
    async () => {
      const { status, body } = await call('GET', path, { token: person.token });
      expect([status, body?.items]).toEqual([200, before.body.items]);
    },
    { timeout: 20_000 },
  );
  expect((await signIn(call, person.email, person.password)).id).toBe(person.id);
  // A log that lost its end is another log: who has seen that end is told so.
  const stale = await call('GET', path, { token: person.token, headers: after(bought) });
  expect([stale.status, stale.body.code]).toEqual([409, 'log-replaced']);
  // The steps go on where they were.
  const again = await buy(call, person.token, [{ productId, quantity: 1 }]);
  expect(again.body.status).toBe('confirmed');
  const now = await call('GET', path, { token: person.token, headers: after(again) });
  expect(now.body.items[0]).toMatchObject({ title: 'Survivor', quantity: 3, orderCount: 2 });
}, 240_000);

it('a backup that was changed, cut or is none is refused by name, and nothing is made', () => {
  const shopless = { dataDir: join(folder, 'elsewhere') };
  const restore = (from: string) =>
    spawnSync(process.execPath, [resolve(ROOT, 'tools/operate.mjs'), 'restore', from], {
      encoding: 'utf8',
      env: { ...shop.environment, FOLDLINE_DATA: shopless.dataDir },
    });
  const events = join(backup, 'orders/log.events.copy.gz');
  const bytes = readFileSync(events);
  writeFileSync(events, bytes.subarray(0, bytes.length - 9));
  expect(restore(backup)).toMatchObject({ status: 1, stderr: expect.stringContaining('orders/log.events.copy.gz') });
  writeFileSync(events, bytes);
  const manifest = join(backup, 'manifest.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"format": 1', '"format": 7'));
  expect(restore(backup)).toMatchObject({ status: 1, stderr: expect.stringContaining('format 7') });
  writeFileSync(manifest, '');
  expect(restore(backup)).toMatchObject({ status: 1, stderr: expect.stringContaining('manifest.json') });
  expect(restore(join(folder, 'nowhere')).status).toBe(1);
  expect(existsSync(shopless.dataDir)).toBe(false);
}, 60_000);
