/** Looks into the databases of a bench's own shop, as its superuser. */
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@foldline/postgres';
import type { DatabaseName, OwnShop } from './own-shop';

export const LOGS = ['users', 'products', 'orders'] as const;

export async function sql<Row>(shop: OwnShop, database: DatabaseName, text: string): Promise<Row[]> {
  const session = await Connection.open({ url: shop.adminUrl(database), name: 'bench', statementTimeoutMs: 0 });
  const { rows } = await session.query<Row>(text);
  await session.close();
  return rows as Row[];
}

/** Waits until all orders are decided and projected and nothing is appended any more, so that nothing else runs while the next figure is taken. */
export async function untilQuiet(shop: OwnShop): Promise<void> {
  for (let last = ''; ; await pause(500)) {
    const heads: string[] = [];
    for (const log of LOGS) {
      const [head] = await sql<{ position: string }>(shop, log, 'select position from log.log_head');
      heads.push(head!.position);
    }
    const [open] = await sql<{ n: number }>(
      shop,
      'query',
      `select count(*)::int as n from read.orders_g1 where status = 'placed'`,
    );
    if (heads.join() === last && open!.n === 0) return;
    last = heads.join();
  }
}
