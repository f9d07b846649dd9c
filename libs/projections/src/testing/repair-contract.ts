/** Rows mended in place, in every store: parked events redriven, and one subject's rows put right. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '../projection';
import { applyAll } from './apply-all';
import { listProduct, receive, ReplayShop, type ReplayedStore } from './replay-shop';
import { idOf } from './sample-log';
import { UNLUCKY } from './sample-projection';

/** The fix: a fold that can bear the number, at the same tables; up to a position. */
const mendedOf = ({ projection }: ReplayShop, upTo = Infinity): typeof projection => ({
  ...projection,
  project: (views, event) => {
    if (event.type !== 'StockReceived' || event.data.quantity !== UNLUCKY || event.position > upTo)
      return projection.project(views, event);
    const before = views.products.get(event.data.productId)!;
    const { recordedAt, version } = event;
    views.products.put({ ...before, received: before.received + UNLUCKY, recordedAt, version });
  },
});

export function repairContract(name: string, store: ReplayedStore): void {
  describe(`repair in ${name}`, () => {
    it('a redrive ends equal to a run that never failed, and what still fails stays in order', async () => {
      const shop = await new ReplayShop(store).serve();
      const [products] = shop.logs;
      const from = products!.events.length;
      const productId = listProduct(products!, 'parked');
      receive(products!, productId, UNLUCKY);
      products!.append('ProductRepriced', `product-${productId}`, { productId, price: 7 });
      const serving = await shop.stores.openServing(shop.projection);
      await applyAll(serving, products!);
      expect(await serving.parked()).toHaveLength(2);
      expect((await shop.stores.figures(shop.projection, 1)).parked).toBe(2);
      const still = await shop.stores.redrive(shop.projection, 1);
      expect(still).toMatchObject({ applied: 0, parked: [{ position: from + 2 }, { position: from + 3 }] });
      expect((await serving.parked()).map(({ position, reason }) => [position, reason])).toEqual([
        [from + 2, 'Error: an unlucky quantity'],
        [from + 3, 'waits behind a parked event of its key'],
      ]);
      const mended = mendedOf(shop);
      expect(await shop.stores.redrive(mended, 1, `product-${productId}`)).toEqual({ applied: 2, parked: [] });
      expect(await serving.parked()).toHaveLength(0);
      expect((await shop.stores.figures(shop.projection, 1)).parked).toBe(0);
      // The runner that had read rows before reads them again.
      receive(products!, productId, 1);
      expect(await applyAll(serving, products!)).toBe(0);
      const row = (await shop.rows('products', 1)).find(one => one['productId'] === productId);
      expect(row).toMatchObject({ received: UNLUCKY + 1, price: 7 });
      await expect(shop.stores.redrive(mended, 1, 'product-none')).rejects.toThrow(/nothing of the key/);
    });

    it('a redrive applies what it can, and keeps what still fails with all that waits behind it', async () => {
      const shop = await new ReplayShop(store).serve();
      const [products] = shop.logs;
      const from = products!.events.length;
      const productId = listProduct(products!, 'parked twice');
      for (const quantity of [UNLUCKY, 20, UNLUCKY, 30]) receive(products!, productId, quantity);
      const serving = await shop.stores.openServing(shop.projection);
      await applyAll(serving, products!);
      expect(await shop.stores.redrive(mendedOf(shop, from + 2), 1)).toMatchObject({
        applied: 2,
        parked: [{ position: from + 4 }, { position: from + 5 }],
      });
      expect((await serving.parked()).map(({ position }) => position)).toEqual([from + 4, from + 5]);
      const received = async () =>
        (await shop.rows('products', 1)).find(one => one['productId'] === productId)!['received'];
      expect(await received()).toBe(UNLUCKY + 20);
      expect(await shop.stores.redrive(mendedOf(shop), 1)).toEqual({ applied: 2, parked: [] });
      expect(await received()).toBe(UNLUCKY + 20 + UNLUCKY + 30);
    });

    it('a redrive beside writes loses none of either', async () => {
      const shop = await new ReplayShop(store).serve();
      const [products] = shop.logs;
      const productId = listProduct(products!, 'parked');
      const busy = listProduct(products!, 'busy');
      receive(products!, productId, UNLUCKY);
      for (let n = 0; n < 30; n += 1) receive(products!, productId, 20);
      const serving = await shop.stores.openServing(shop.projection);
      await applyAll(serving, products!);
      for (let n = 0; n < 30; n += 1) receive(products!, busy, 1);
      const [redriven] = await Promise.all([shop.stores.redrive(mendedOf(shop), 1), applyAll(serving, products!, 1)]);
      expect(redriven).toEqual({ applied: 31, parked: [] });
      const received = new Map((await shop.rows('products', 1)).map(row => [row['productId'], row['received']]));
      expect([received.get(productId), received.get(busy)]).toEqual([UNLUCKY + 30 * 20, 30]);
    });

    it("puts one subject's rows right and no other's", async () => {
      const shop = await new ReplayShop(store).serve();
      const bought = await shop.rows('purchases', 1);
      const productId = String(bought[0]!['productId']);
      for (const row of bought)
        await shop.plant('purchases', 1, [String(row['userId']), String(row['productId'])], {
          ...row,
          spent: Number(row['spent']) + 1,
        });
      await shop.plant('products', 1, [productId]);
      const nobody = idOf('nobody');
      await shop.plant('purchases', 1, [nobody, productId], { ...bought[0], userId: nobody });
      const scope = { products: 'productId', purchases: 'productId' };
      const changed = await shop.stores.repair(shop.projection, 1, scope, productId, async at => {
        const fresh = shop.freshFold();
        await fresh.followTo(at);
        return function* (table): Iterable<Row> {
          for (const row of fresh.memory[table]!.sorted()) if (row['productId'] === productId) yield row;
        };
      });
      expect(changed).toBeGreaterThan(1);
      const left = await shop.verify(1);
      expect(left.first.every(({ key }) => key[1] !== productId)).toBe(true);
      expect(left.tables.find(({ table }) => table === 'products')!.differences).toBe(0);
      // It goes on from there.
      const serving = await shop.stores.openServing(shop.projection);
      receive(shop.logs[0]!, productId, 9);
      expect(await applyAll(serving, shop.logs[0]!)).toBe(0);
    });

    it('nothing is written to the generation while a subject is put right', async () => {
      const shop = await new ReplayShop(store).serve();
      const [products] = shop.logs;
      const productId = idOf('shop product 0');
      await shop.plant('products', 1, [productId]);
      const serving = await shop.stores.openServing(shop.projection);
      const position = async () =>
        (await shop.stores.figures(shop.projection, 1)).checkpoints.get('products')!.position;
      const before = await position();
      let more: Promise<unknown> | undefined;
      await shop.stores.repair(shop.projection, 1, { products: 'productId' }, productId, async at => {
        receive(products!, productId, 20);
        more = applyAll(serving, products!);
        await pause(200);
        expect(await position()).toBe(before);
        const fresh = shop.freshFold();
        await fresh.followTo(at);
        return function* (): Iterable<Row> {
          for (const row of fresh.memory['products']!.sorted()) if (row['productId'] === productId) yield row;
        };
      });
      await more;
      await applyAll(serving, products!);
      expect((await shop.verify(1)).first).toEqual([]);
    });

    it('nothing is put right while events are parked', async () => {
      const shop = await new ReplayShop(store).serve();
      receive(shop.logs[0]!, listProduct(shop.logs[0]!, 'parked'), UNLUCKY);
      await applyAll(await shop.stores.openServing(shop.projection), shop.logs[0]!);
      const repair = shop.stores.repair(shop.projection, 1, { products: 'productId' }, 'x', async () => () => []);
      await expect(repair).rejects.toThrow(/has parked events: redrive them first/);
    });
  });
}
