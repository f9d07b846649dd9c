/**
 * `npm run bench -- whole`: mixed traffic over the gateway at rising rates until the answers come late, with the processor
 * time of each process per request. 80 % ask for the products of a user, 15 % for lists, 5 % place an order.
 */
import { lineChart } from './core/chart';
import { cpuMs, machineCpu } from './core/cpu';
import { fillShop } from './core/history';
import { machine, versionSaid } from './core/machine';
import { openLoop, type OpenLoaded } from './core/open-loop';
import { numberOf } from './core/options';
import { natsBinary } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { MIX, NAMES, trafficOf, type Kind } from './core/mixed-traffic';
import { figure } from './core/table';

const HISTORY = { users: 2_000, products: 500, orders: 4_000, linesPerOrder: 5 };
const LATE_MS = 250;
const WANTED_MS = 100;
const STEP = 200;
const WARM_UP_SHARE = 0.3;
/** Five processes that have answered nothing yet: their code is compiled meanwhile, and every token is checked for the first time. */
const FIRST_WARM_UP_MS = 20_000;
const PROCESSES = ['gateway', 'users', 'products', 'orders', 'user-orders-query', 'PostgreSQL', 'nats'] as const;
type ProcessName = (typeof PROCESSES)[number] | 'load';

interface Step extends OpenLoaded {
  readonly rate: number;
  /** Share of all cores' time. */
  readonly busy: number;
  /** Microseconds of processor time per request sent. */
  readonly cpu: Readonly<Record<ProcessName, number>>;
}

function usage(shop: OwnShop): Record<ProcessName, number> {
  const { user, system } = process.cpuUsage();
  const shops = PROCESSES.map(name => [name, cpuMs(shop.pid(name)!, name === 'PostgreSQL')] as const);
  return { ...(Object.fromEntries(shops) as Record<(typeof PROCESSES)[number], number>), load: (user + system) / 1000 };
}

type Alone = Step & { readonly kind: Kind };

async function step(shop: OwnShop, request: () => Buffer, rate: number, seconds: number): Promise<Step> {
  const load = { port: Number(new URL(shop.run.gateway).port), request };
  await openLoop(load, rate, 1000 * seconds * WARM_UP_SHARE);
  const [before, machineBefore] = [usage(shop), machineCpu()];
  const loaded = await openLoop(load, rate, 1000 * seconds);
  const [after, machineAfter] = [usage(shop), machineCpu()];
  const sent = rate * seconds;
  const cpu = Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, Math.round((1000 * (ms - before[name as ProcessName])) / sent)]),
  ) as Record<ProcessName, number>;
  const busy = (machineAfter.busy - machineBefore.busy) / (machineAfter.all - machineBefore.all);
  return { ...loaded, rate, busy, cpu };
}

/** `--from` (300 requests/s), `--step` to the next rate (200), `--seconds` of a rate (10). */
export async function wholeBench(args: readonly string[]): Promise<void> {
  const [seconds, more] = [numberOf(args, 'seconds', 10), numberOf(args, 'step', STEP)];
  const from = Math.round(numberOf(args, 'from', 300));
  const steps: Step[] = [];
  const perStep = 1000 * seconds * (1 + WARM_UP_SHARE);
  const progress = new Progress(40_000 + FIRST_WARM_UP_MS + 13 * perStep);
  progress.step('starting PostgreSQL, NATS and the five services', 15_000);
  const shop = await OwnShop.start('whole');
  try {
    progress.step('filling the shop', 25_000);
    const history = await fillShop(shop, HISTORY, line => process.stderr.write(`  ${line}\n`));
    const request = await trafficOf(shop, history);
    progress.step('warming up', FIRST_WARM_UP_MS);
    await openLoop({ port: Number(new URL(shop.run.gateway).port), request }, from, FIRST_WARM_UP_MS);
    const alone: Alone[] = [];
    for (const kind of Object.keys(MIX) as Kind[]) {
      progress.step(`${kind} alone`, perStep);
      // As often as in the mixture, five times over: rare requests find cold caches.
      const rate = Math.round(Math.min(from, from * MIX[kind] * 5));
      alone.push({ kind, ...(await step(shop, await trafficOf(shop, history, kind), rate, seconds)) });
    }
    for (let rate = from; ; rate += more) {
      progress.step(`${rate} requests/s`, perStep);
      const done = await step(shop, request, rate, seconds);
      steps.push(done);
      if (done.p99 > LATE_MS || done.answered < 0.99) break;
    }
    tell(steps, alone, seconds, args);
  } finally {
    await shop.remove();
  }
}

/** All processes together, per request; NaN stands for a process whose time the system does not tell. */
const totalUs = ({ cpu }: Step): number => Object.values(cpu).reduce((sum, us) => sum + (us || 0), 0);

const aloneNote = (alone: readonly Alone[]): string =>
  `Alone, a request costs all processes together: ${alone
    .map(one => `${NAMES[one.kind]} ${figure(totalUs(one) / 1000)} ms (at ${one.rate}/s)`)
    .join(', ')}.`;

function tell(steps: readonly Step[], alone: readonly Alone[], seconds: number, args: readonly string[]): void {
  const bestWithin = (ms: number): Step | undefined =>
    steps.findLast(({ p99, answered }) => p99 <= ms && answered >= 0.99);
  const [knee, wanted] = [bestWithin(LATE_MS), bestWithin(WANTED_MS)];
  const names = ['load', ...PROCESSES] as const;
  const most = knee && [...names].sort((a, b) => knee.cpu[b] - knee.cpu[a]).slice(0, 3);
  const kneeNote = knee
    ? `The knee: ${knee.rate} requests/s with p99 ${figure(knee.p99)} ms, where the cores are ${Math.round(100 * knee.busy)} % busy and most of it goes to ${most!.map(name => `${name} (${knee.cpu[name]} µs per request)`).join(', ')}.`
    : `The lowest rate is already beyond the knee; begin with a lower --from.`;
  report(
    {
      name: 'whole',
      command: 'npm run bench -- whole',
      machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
      table: {
        head: [
          'requests/s',
          'answered',
          'p50 ms',
          'p95 ms',
          'p99 ms',
          'cores busy',
          ...names.map(name => `${name} µs`),
        ],
        rows: steps.map(({ rate, answered, p50, p95, p99, busy, cpu }) => [
          String(rate),
          `${(100 * answered).toFixed(answered === 1 ? 0 : 2)} %`,
          ...[p50, p95, p99].map(figure),
          `${Math.round(100 * busy)} %`,
          ...names.map(name => (Number.isNaN(cpu[name]) ? '-' : String(cpu[name]))),
        ]),
      },
      notes: [
        kneeNote,
        aloneNote(alone),
        wanted ? `With p99 up to ${WANTED_MS} ms: ${wanted.rate} requests/s.` : '',
        `Open loop: requests are due at a fixed rate and their times run from then. 80 % GET /users/:id/products, 15 % lists (products, a user's orders), 5 % POST /orders; ${seconds} s per rate, ${HISTORY.users} users. µs: processor time per request, of the databases, the broker and the load too.`,
      ].filter(Boolean),
      results: { steps, alone },
      charts: [
        {
          name: 'whole',
          title: 'Latency at rising rates',
          svg: lineChart({
            title: 'Mixed traffic over the gateway, open loop',
            xUnit: 'requests/s',
            yUnit: 'ms',
            series: (['p50', 'p95', 'p99'] as const).map(name => ({
              name,
              points: steps.map(one => [one.rate, one[name]] as const),
            })),
          }),
        },
      ],
    },
    args,
  );
}
