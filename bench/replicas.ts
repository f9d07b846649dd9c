/**
 * `npm run bench -- replicas`: two processes of each service behind the gateway under mixed traffic, first well, then while the
 * first process of each is killed; the read model is compared with the logs afterwards.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SERVICES } from '@foldline/contracts';
import { fillShop } from './core/history';
import { machine } from './core/machine';
import { trafficOf } from './core/mixed-traffic';
import { openLoop, type OpenLoaded } from './core/open-loop';
import { numberOf } from './core/options';
import { freePort, OwnShop, type ProgramName } from './core/own-shop';
import { Progress } from './core/progress';
import { replay } from './core/replay-tool';
import { report } from './core/report';
import { untilQuiet } from './core/shop-sql';
import { figure, percent } from './core/table';

const HISTORY = { users: 1_000, products: 200, orders: 2_000, linesPerOrder: 3 };
const SECONDS = 12;
const WARM_UP_MS = 10_000;
const NAMES = SERVICES.map(({ program }) => program as ProgramName);

interface Found extends OpenLoaded {
  readonly name: string;
  /** Of the requests, the share that second processes answered. */
  readonly bySecond: number;
}

/** Requests that processes have answered so far. */
async function answeredBy(urls: Iterable<string>): Promise<number> {
  let sum = 0;
  for (const url of urls) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, count] of text.matchAll(/^foldline_http_request_seconds_count\{.*\} (\d+)$/gm)) sum += Number(count);
  }
  return sum;
}

/** The first process of each service, one after the other; the launcher starts it again. */
async function killEach(shop: OwnShop): Promise<void> {
  for (const name of NAMES) {
    await pause((SECONDS * 1000) / (NAMES.length + 1));
    process.kill(shop.pid(name)!, 'SIGKILL');
  }
}

/** `--rate` of requests (400/s). */
export async function replicasBench(args: readonly string[]): Promise<void> {
  const rate = numberOf(args, 'rate', 400);
  const progress = new Progress(60_000 + 3 * (WARM_UP_MS + SECONDS * 1000));
  progress.step('starting PostgreSQL, NATS and the five services', 15_000);
  const shop = await OwnShop.start('replicas');
  const found: Found[] = [];
  try {
    progress.step('filling the shop', 15_000);
    const history = await fillShop(shop, HISTORY, line => process.stderr.write(`  ${line}\n`));
    const request = await trafficOf(shop, history);
    const seconds = new Map<ProgramName, string>();
    const load = async (name: string, gateway: string, meanwhile?: Promise<void>): Promise<void> => {
      const to = { port: Number(new URL(gateway).port), request };
      const before = await answeredBy(seconds.values());
      const [loaded] = await Promise.all([openLoop(to, rate, SECONDS * 1000), meanwhile]);
      const bySecond = ((await answeredBy(seconds.values())) - before) / (rate * SECONDS);
      found.push({ ...loaded, name, bySecond });
    };
    progress.step('one process of each', WARM_UP_MS + SECONDS * 1000);
    await openLoop({ port: Number(new URL(shop.run.gateway).port), request }, rate, WARM_UP_MS);
    await load('one process of each', shop.run.gateway);
    progress.step('starting a second process of each', 15_000);
    for (const name of NAMES) seconds.set(name, (await shop.another(name)).url);
    const both = SERVICES.map(
      ({ prefix, program }) =>
        [`${prefix}_URL`, [shop.url(program as ProgramName), seconds.get(program as ProgramName)!].join(',')] as const,
    );
    const adminPort = String(await freePort());
    const { url: gateway } = await shop.another('gateway', {
      ...Object.fromEntries(both),
      GATEWAY_ADMIN_PORT: adminPort,
    });
    progress.step('two processes of each', WARM_UP_MS + SECONDS * 1000);
    await openLoop({ port: Number(new URL(gateway).port), request }, rate, WARM_UP_MS);
    await load('two processes of each', gateway);
    progress.step('two of each, the first of each killed', SECONDS * 1000);
    await load('two of each, the first of each killed meanwhile', gateway, killEach(shop));
    progress.step('comparing the read model with the logs', 15_000);
    await untilQuiet(shop);
    await replay('verify', 'user-orders');
    tell(found, rate, args);
  } finally {
    await shop.remove();
  }
}

function tell(found: readonly Found[], rate: number, args: readonly string[]): void {
  report(
    {
      name: 'replicas',
      command: 'npm run bench -- replicas',
      machine: machine(),
      table: {
        head: [`${rate} requests/s`, 'answered', 'p50 ms', 'p99 ms', 'answered by second processes'],
        rows: found.map(({ name, answered, p50, p99, bySecond }) => [
          name,
          percent(answered),
          figure(p50),
          figure(p99),
          percent(bySecond),
        ]),
      },
      notes: [
        `The mixture of \`npm run bench -- whole\`, open loop, ${SECONDS} s each. Killed with SIGKILL, one after the other, and started again by the launcher; a POST that its process had begun to answer is told so (502), and is the caller's to repeat with its Idempotency-Key. Afterwards every order was decided and \`replay verify\` found the read model equal to the logs, row by row.`,
      ],
      results: found,
      pages: ['docs/scale.md'],
    },
    args,
  );
}
