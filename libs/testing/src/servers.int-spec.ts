import { Client } from 'pg';
import { Proxy, startOwnNats, startOwnPostgres, testDatabase } from './index';

jest.setTimeout(60_000);

it('gives every test file a database of its own', async () => {
  const [a, b] = await Promise.all([testDatabase(), testDatabase()]);
  const client = new Client({ connectionString: a.url });
  await client.connect();
  await client.query('create table only_here (x int)');
  await client.end();
  const other = new Client({ connectionString: b.url });
  await other.connect();
  await expect(other.query('select from only_here')).rejects.toThrow(/does not exist/);
  await other.end();
  await Promise.all([a.drop(), b.drop()]);
});

it('a server of its own keeps what it acknowledged when it is killed', async () => {
  const server = await startOwnPostgres();
  const write = new Client({ connectionString: server.url });
  write.on('error', () => undefined);
  await write.connect();
  await write.query('create table kept as select 1 as x');
  server.kill();
  await server.stop();
  await server.start();
  const read = new Client({ connectionString: server.url });
  await read.connect();
  expect((await read.query('select x from kept')).rows).toEqual([{ x: 1 }]);
  await read.end();
  await server.remove();
});

it('a proxy that swallows a reply lets the statement through', async () => {
  const database = await testDatabase();
  const proxy = await Proxy.to(Number(new URL(database.url).port));
  const client = new Client({ connectionString: proxy.urlFor(database.url) });
  client.on('error', () => undefined);
  await client.connect();
  proxy.swallowReplyTo('create table swallowed');
  await expect(client.query('create table swallowed (x int)')).rejects.toThrow();
  expect(proxy.fired).toBe(1);
  const direct = new Client({ connectionString: database.url });
  await direct.connect();
  await expect(direct.query('select from swallowed')).resolves.toBeDefined();
  await direct.end();
  await proxy.close();
  await database.drop();
});

it('the proxy loses what it is told to, and lets the connection stand', async () => {
  const database = await testDatabase();
  const proxy = await Proxy.to(Number(new URL(database.url).port));
  const client = new Client({ connectionString: proxy.urlFor(database.url), query_timeout: 300 });
  client.on('error', () => undefined);
  await client.connect();
  proxy.lose('create table lost');
  await client.query('select 1');
  await expect(client.query('create table lost (x int)')).rejects.toThrow('timeout');
  expect(proxy.fired).toBe(1);
  proxy.heal();
  const direct = new Client({ connectionString: database.url });
  await direct.connect();
  await expect(direct.query('select from lost')).rejects.toThrow(/does not exist/);
  await direct.end();
  await client.end();
  await proxy.close();
  await database.drop();
});

it('a nats-server of its own starts again on its port', async () => {
  const server = await startOwnNats();
  const { pid } = server;
  await server.stop();
  await server.start();
  expect(server.pid).not.toBe(pid);
  await server.remove();
});
