/** `npm run dev`, on a copy of the project: a saved file is what the shop does, seconds later. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '@foldline/testing';
import { callOn } from './client';
import { Shop } from './shop';

jest.setTimeout(240_000);

const ROOT = resolve(__dirname, '../..');
const SOURCES = ['apps', 'libs', 'tools', 'bench', 'types', 'test/chaos', 'dist', 'package.json', 'package-lock.json'];
const SETTINGS = ['nest-cli.json', 'webpack.config.js', 'tsconfig.json'];

let copy: string;
let shop: Shop;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'foldline-copy-'));
  // With their times, so that what is built already is not built again.
  for (const name of [...SOURCES, ...SETTINGS])
    await cp(join(ROOT, name), join(copy, name), { recursive: true, preserveTimestamps: true });
  await cp(join(ROOT, '.foldline/bin'), join(copy, '.foldline/bin'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  shop = await Shop.create({}, { folder: copy, command: ['tools/dev.mjs', 'users'] });
});
afterAll(async () => {
  await shop?.remove();
  await rm(copy, { recursive: true, force: true });
});

it('a service is built and started anew when its source changes; the others run on', async () => {
  const before = await shop.start();
  await eventually(async () => expect(shop.terminal).toContain('watching apps/'), { timeout: 90_000 });
  const port = /users: debugger on 127\.0\.0\.1:(\d+)/.exec(shop.terminal)![1]!;
  expect((await callOn(`http://127.0.0.1:${port}`)('GET', '/json/version')).body['Protocol-Version']).toBeDefined();

  const file = join(copy, 'apps/users/src/http/user.problems.ts');
  await writeFile(file, (await readFile(file, 'utf8')).replace('There is no such user', 'Nobody of that name'));
  await eventually(async () => expect(shop.terminal).toMatch(/users: rebuilt and ready again in [\d.]+ s/), {
    timeout: 60_000,
  });
  // 2 s on a machine with nothing else to do; what runs beside the tests takes its part.
  expect(Number(/ready again in ([\d.]+) s/.exec(shop.terminal)![1])).toBeLessThan(15);
  const debuggerAnswer = await callOn(`http://127.0.0.1:${port}`)('GET', '/json/version');
  expect(debuggerAnswer.body['Protocol-Version']).toBeDefined();
  const { body } = await callOn(before.services.users.url)('GET', '/openapi.json');
  expect(body['x-problems']['unknown-user'].title).toBe('Nobody of that name');
  const { users: newUsers, ...others } = (await shop.runFile()).services;
  const { users: oldUsers, ...same } = before.services;
  expect(newUsers.pid).not.toBe(oldUsers.pid);
  expect(others).toEqual(same);
});
