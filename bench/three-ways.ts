/**
 * `npm run compare`: the ways to answer "products of a user, with title and image" side by side, with all services well, with
 * one slowed and with one ended; one table and one chart.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@foldline/postgres';
import { OWNED_TABLES, type Owner } from './composition-peers';
import { fillShop, signerOf } from './core/history';
import { loadHttp, type Loaded } from './core/http-load';
import { ownNats } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { PeerProcesses, type Peer } from './core/peer-processes';
import { Progress } from './core/progress';
import { inTurns, plannedMs, type Rounds, type Side } from './core/rounds';
import {
  CONNECTIONS,
  HISTORY,
  SLOWED_BY_MS,
  tell,
  WAYS,
  WELL,
  type Condition,
  type Conditions,
  type Way,
} from './three-ways-table';

const BROKEN: Rounds = { rounds: 3, roundMs: 2_000, warmUpMs: 0 };
/** Servers, programs, history and pages. */
const SET_UP_MS = 40_000;
const ALL = Object.keys(WAYS) as Way[];
/** The others have no second service. */
const DISTRIBUTED: readonly Way[] = ['http', 'nats', 'view'];

type Ports = Readonly<Record<Way, number>>;
/** Of a request, and the access token for it. */
type Path = readonly [path: string, token: string];
interface Measuring {
  readonly ports: Ports;
  readonly request: () => Buffer;
  readonly progress: Progress;
}
function condition(
  what: string,
  ways: readonly Way[],
  rounds: Rounds,
  { ports, request, progress }: Measuring,
): Promise<Condition> {
  const sides = ways.map((way): Side<Loaded> => ({
    name: WAYS[way],
    run: ms => loadHttp({ port: ports[way], request }, CONNECTIONS, ms),
  }));
  return inTurns(what, sides, rounds, progress);
}

/** Stops the process for `SLOWED_BY_MS` at a time and lets it run in between, so that whatever it is asked waits so long. */
function slowDown(pid: number): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    for (; going; await pause(20)) {
      process.kill(pid, 'SIGSTOP');
      await pause(SLOWED_BY_MS);
      process.kill(pid, 'SIGCONT');
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

/** `--serve`: measures nothing, and leaves all ways running to be tried by hand. */
export async function compareBench(args: readonly string[]): Promise<void> {
  const progress = new Progress(SET_UP_MS + plannedMs(ALL.length, WELL) + 2 * plannedMs(DISTRIBUTED.length, BROKEN));
  progress.step('starting PostgreSQL, NATS and the five services');
  const shop = await OwnShop.start('compare');
  const peers = new PeerProcesses();
  const nats = await ownNats(shop.folder);
  try {
    progress.step('filling the shop', SET_UP_MS);
    const { users } = await fillShop(shop, HISTORY, line => process.stderr.write(`  ${line}\n`));
    const { ports, owner } = await startPeers(shop, peers, nats.url);
    const sign = await signerOf(shop);
    const paths = await Promise.all(users.map(async id => [`/users/${id}/products`, await sign(id)] as const));
    await assertAlike(ports, paths.slice(0, 20));
    if (args.includes('--serve')) return await serve(shop, ports, owner, paths[0]!);
    const found = await measureAll(shop, ports, owner, paths, progress);
    const postgres = await serverVersion(shop);
    tell(found, postgres, progress.seconds(), args);
  } finally {
    peers.stop();
    await nats.stop();
    await shop.remove();
  }
}

async function measureAll(
  shop: OwnShop,
  ports: Ports,
  owner: Peer,
  paths: readonly Path[],
  progress: Progress,
): Promise<Conditions> {
  const requests = paths.map(([path, token]) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`),
  );
  const request = (): Buffer => requests[Math.floor(Math.random() * requests.length)]!;
  const measuring = { ports, request, progress };
  const well = await condition('all well', ALL, WELL, measuring);
  owner.child.send({ delayMs: SLOWED_BY_MS });
  const faster = slowDown(shop.pid('products')!);
  const slowed = await condition('products slowed', DISTRIBUTED, BROKEN, measuring);
  await faster();
  owner.child.kill('SIGKILL');
  await shop.end('products');
  const ended = await condition('products ended', DISTRIBUTED, BROKEN, measuring);
  return { well, slowed, ended };
}

/** Keeps everything running to try by hand; resolves when its line is ended, and Ctrl-C ends all of it. */
async function serve(shop: OwnShop, ports: Ports, owner: Peer, [path, token]: Path): Promise<void> {
  const lines = ALL.map(
    way =>
      `# ${WAYS[way]}\ncurl -s -w '\\n%{http_code} in %{time_total} s\\n' http://127.0.0.1:${ports[way]}${path} -H "authorization: Bearer $token"`,
  );
  const breaks = `# end the service that owns the products: the peers' and the shop's\nkill -9 ${owner.child.pid} ${shop.pid('products')}`;
  process.stdout.write(`\ntoken=${token}\n${[...lines, breaks].join('\n')}\n\nEnter ends everything.\n`);
  await once(process.stdin, 'data');
  process.stdin.pause();
}

async function startPeers(shop: OwnShop, peers: PeerProcesses, nats: string) {
  const owners = {} as Record<Owner, Peer>;
  for (const name of ['users', 'products', 'orders'] as const) {
    const database = shop.adminUrl(name);
    const session = await Connection.open({ url: database, name: 'bench', statementTimeoutMs: 0 });
    await session.query(OWNED_TABLES[name]);
    await session.query('analyze');
    await session.close();
    owners[name] = await peers.start(name, { PEER_DATABASE_URL: database, PEER_NATS_URL: nats });
  }
  const urls = Object.entries(owners).map(([name, { port }]) => [name, `http://127.0.0.1:${port}`]);
  const told = { PEER_OWNERS: JSON.stringify(Object.fromEntries(urls)), PEER_NATS_URL: nats };
  const view = { PEER_DATABASE_URL: shop.adminUrl('query') };
  const ports = {
    http: (await peers.start('http', told)).port,
    nats: (await peers.start('nats', told)).port,
    view: Number(new URL(shop.url('user-orders-query')).port),
    join: (await peers.start('join', view)).port,
    bare: (await peers.start('bare', view)).port,
  };
  return { ports, owner: owners.products };
}

/** Nothing is worth measuring that does not answer the same. */
async function assertAlike(ports: Ports, paths: readonly Path[]): Promise<void> {
  for (const [path, token] of paths) {
    const answers = await Promise.all(
      Object.values(ports).map(async port => {
        const headers = { authorization: `Bearer ${token}` };
        const { items } = (await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).json()) as {
          items?: { productId: string; title: string; image: string; quantity: number; spent: { amount: number } }[];
        };
        return JSON.stringify(
          items?.map(({ productId, title, image, quantity, spent }) => [
            productId,
            title,
            image,
            quantity,
            spent.amount,
          ]),
        );
      }),
    );
    if (answers[0] === undefined || new Set(answers).size > 1)
      throw new Error(`the ways do not answer alike at ${path}:\n${answers.join('\n')}`);
  }
}

async function serverVersion(shop: OwnShop): Promise<string> {
  const session = await Connection.open({ url: shop.adminUrl('query'), name: 'bench' });
  const { rows } = await session.query<{ server_version: string }>('show server_version');
  await session.close();
  return rows[0]!.server_version;
}
