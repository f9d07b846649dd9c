/** GET /users/:id/products beside a three-table join behind Nest, and beside bare node:http with the same rows, in turns. */
import { withPostgres } from './core/database';
import { loadHttp, type Loaded } from './core/http-load';
import { median } from './core/measure';
import { PRODUCTS, ReadShop, USERS } from './core/read-shop';

const CONNECTIONS = [1, 64];
const ROUNDS = 3;
const ROUND_MS = 4_000;
const WARM_UP_MS = 10_000;
const SIGNED_IN = 10_000;

export const readBench = (): Promise<void> => withPostgres(measure);

async function measure(adminUrl: string): Promise<void> {
  const shop = await ReadShop.make(adminUrl);
  try {
    const ours = await shop.queryService();
    const from = performance.now();
    await shop.fill(ours);
    process.stdout.write(
      `${USERS} users, ${PRODUCTS} products, ${USERS * 10} purchases; pages built within ${((performance.now() - from) / 1000).toFixed(0)} s of the rows\n`,
    );
    const targets = {
      'query service': ours,
      'join, Nest + Fastify': await shop.peer('join'),
      'bare node:http': await shop.peer('bare'),
    };
    const request = await shop.requests(SIGNED_IN);
    for (const connections of CONNECTIONS) await compare(targets, request, connections);
  } finally {
    await shop.remove();
  }
}

async function compare(targets: Record<string, number>, request: () => Buffer, connections: number): Promise<void> {
  const results = new Map<string, Loaded[]>(Object.keys(targets).map(name => [name, []]));
  for (let round = -1; round < ROUNDS; round += 1)
    for (const [name, port] of Object.entries(targets)) {
      const loaded = await loadHttp({ port, request }, connections, round < 0 ? WARM_UP_MS : ROUND_MS);
      // The first round warms caches, plans and the checked tokens.
      if (round >= 0) results.get(name)!.push(loaded);
    }
  process.stdout.write(`\n${connections} connections            requests/s  p50 ms  p99 ms  bytes  refused\n`);
  const rates: number[] = [];
  for (const [name, loads] of results) {
    const of = (read: (loaded: Loaded) => number): number => median(loads.map(read));
    rates.push(of(l => l.perSecond));
    process.stdout.write(
      `${name.padEnd(26)}${of(l => l.perSecond)
        .toFixed(0)
        .padStart(10)}${of(l => l.p50)
        .toFixed(2)
        .padStart(8)}${of(l => l.p99)
        .toFixed(2)
        .padStart(8)}${of(l => l.bytesPerAnswer)
        .toFixed(0)
        .padStart(7)}${loads
        .reduce((sum, l) => sum + l.refused, 0)
        .toString()
        .padStart(9)}\n`,
    );
  }
  const [ours = NaN, join = NaN, bare = NaN] = rates;
  process.stdout.write(`${(ours / join).toFixed(2)} x the join, ${((100 * ours) / bare).toFixed(0)} % of bare\n`);
}
