/** What comparing generations must keep, in every store: every fault is found, and both sides are of one moment. */
import { keyOfRow } from '../fold/working-rows';
import type { ColumnType } from '../projection';
import { compareSides, type Comparison } from '../replay/compare';
import { applyAll } from './apply-all';
import { listProduct, receive, ReplayShop, type ReplayedStore } from './replay-shop';
import { idOf } from './sample-log';
import { sampleProjection } from './sample-projection';

export function verifyContract(name: string, store: ReplayedStore): void {
  const newShop = () => new ReplayShop(store).serve();

  describe(`verify in ${name}`, () => {
    type Plant = (shop: ReplayShop) => Promise<unknown>;
    const end = (n: 0 | -1) => async (shop: ReplayShop, table: 'products' | 'purchases') =>
      (await shop.rows(table, 1)).at(n)!;
    const [first, last] = [end(0), end(-1)];
    const keyIn = (shop: ReplayShop, table: 'products' | 'purchases', row: Record<string, unknown>) =>
      keyOfRow(shop.projection.tables[table] as never, row);
    const faults: readonly [string, Plant, Partial<Comparison['first'][number]>][] = [
      [
        'a number changed',
        async shop => {
          const row = await first(shop, 'products');
          return shop.plant('products', 1, keyIn(shop, 'products', row), { ...row, price: Number(row['price']) + 1 });
        },
        { table: 'products', kind: 'different' },
      ],
      [
        'a number changed in the last row',
        async shop => {
          const row = await last(shop, 'purchases');
          return shop.plant('purchases', 1, keyIn(shop, 'purchases', row), { ...row, spent: Number(row['spent']) + 1 });
        },
        { table: 'purchases', kind: 'different' },
      ],
      [
        'a row missing',
        async shop => shop.plant('products', 1, keyIn(shop, 'products', await first(shop, 'products'))),
        { table: 'products', kind: 'only-right' },
      ],
      [
        'a row too many',
        async shop => {
          const row = { ...(await first(shop, 'products')), productId: 'ffffffff-ffff-4fff-8fff-ffffffffffff' };
          return shop.plant('products', 1, [row.productId], row);
        },
        { table: 'products', kind: 'only-left' },
      ],
    ];

    it.each(faults)('finds %s', async (_, plant, expected) => {
      const shop = await newShop();
      await plant(shop);
      const found = await shop.verify(1);
      expect(found.equal).toBe(false);
      expect(found.first).toHaveLength(1);
      expect(found.first[0]).toMatchObject(expected);
    });

    const other = (type: ColumnType, value: unknown): unknown => {
      if (type === 'boolean') return !value;
      if (type === 'timestamp') return '2001-02-03T04:05:06.789Z';
      if (type === 'json') return { other: [value] };
      return type === 'text' ? `${String(value)} ` : Number(value) + 1;
    };
    const columns = Object.entries(sampleProjection.tables).flatMap(([table, { key, columns: all }]) =>
      Object.entries(all)
        .filter(([column]) => !(key as readonly string[]).includes(column))
        .map(([column, type]) => [table as 'products' | 'purchases', column, type] as const),
    );
    it.each(columns)('finds another value in %s.%s', async (table, column, type) => {
      const shop = await newShop();
      const row = await last(shop, table);
      const changed = { ...row, [column]: other(type, row[column]) };
      await shop.plant(table, 1, keyIn(shop, table, row), changed);
      const { first: found } = await shop.verify(1);
      expect(found.map(({ fields }) => fields)).toEqual([[{ column, left: changed[column], right: row[column] }]]);
    });

    it('compares generations at different positions by carrying both to the later ones', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      const from = products!.events.length;
      const productId = listProduct(products!, 'later');
      receive(products!, productId, 5);
      await applyAll(await shop.stores.reopen(shop.projection, 2), products!);
      const compare = (planted: boolean) =>
        shop.stores.snapshot(shop.projection, 1, shop.follow, a =>
          shop.stores.snapshot(shop.projection, 2, shop.follow, async b => {
            await a.advance('products', planted ? products!.events.slice(from, -1) : products!.events.slice(from));
            return compareSides(shop.projection, a, b);
          }),
        );
      expect(await compare(false)).toMatchObject({ equal: true });
      expect(await compare(true)).toMatchObject({ equal: false, first: [{ table: 'products', key: [productId] }] });
    });

    it('is of one moment while writes go on', async () => {
      const shop = await newShop();
      const [products, orders] = shop.logs;
      const serving = await shop.stores.reopen(shop.projection, 1);
      const story = [...orders!.events];
      let writing = true;
      const writer = async () => {
        for (let n = 0; writing; n += 1) {
          receive(products!, idOf(`shop product ${n % 3}`), 20 + n);
          const { type, stream, data } = story[n % story.length]!;
          orders!.append(type, stream, data);
          for (const log of shop.logs) await applyAll(serving, log);
        }
      };
      const verifier = async () => {
        const positions = new Set<number>();
        for (let n = 0; n < 8; n += 1) {
          const comparison = await shop.stores.snapshot(shop.projection, 1, shop.follow, async snapshot => {
            positions.add(snapshot.positions.get('products')!.position);
            const fresh = shop.freshFold();
            await fresh.followTo(snapshot.positions);
            return compareSides(shop.projection, snapshot, fresh);
          });
          expect(comparison.first).toEqual([]);
        }
        writing = false;
        return positions.size;
      };
      const [, seen] = await Promise.all([writer(), verifier().finally(() => (writing = false))]);
      expect(seen).toBeGreaterThan(1);
    });
  });
}
