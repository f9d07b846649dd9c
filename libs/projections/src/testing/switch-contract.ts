/** What moving readers from one generation to another must keep, in every store: nobody is shown less, and one serves. */
import { setTimeout as pause } from 'node:timers/promises';
import { applyAll } from './apply-all';
import { listProduct, receive, ReplayShop, type ReplayedStore } from './replay-shop';

export function switchContract(name: string, store: ReplayedStore): void {
  const newShop = () => new ReplayShop(store).serve();

  describe(`switch, rollback and drop in ${name}`, () => {
    it('a generation that shows less is refused, and one that catches up meanwhile is not', async () => {
      const shop = await newShop();
      await shop.rebuild();
      receive(shop.logs[0]!, listProduct(shop.logs[0]!, 'of nobody'), 1);
      const [first, second] = [
        await shop.stores.reopen(shop.projection, 1),
        await shop.stores.reopen(shop.projection, 2),
      ];
      await applyAll(first, shop.logs[0]!);
      await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 50 })).rejects.toThrow(
        /is behind the one that serves/,
      );
      expect(await shop.serving()).toBe(1);
      const switching = shop.stores.switchTo(shop.projection.name, 2, { waitMs: 5000 });
      await applyAll(second, shop.logs[0]!);
      await switching;
      expect(await shop.serving()).toBe(2);
      expect((await shop.stores.openServing(shop.projection)).generation).toBe(2);
      const previous = (await shop.stores.generations(shop.projection.name)).find(one => one.previous);
      expect(previous).toMatchObject({ generation: 1, keepUntil: null });
      await shop.stores.switchTo(shop.projection.name, 1, { waitMs: 1000, keepMs: 60_000 });
      expect(await shop.serving()).toBe(1);
      const [, left] = await shop.stores.generations(shop.projection.name);
      expect(Date.parse(left!.keepUntil!)).toBeGreaterThan(Date.now());
    });

    it('the one that serves stands still while the other one reaches it', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      const productId = listProduct(products!, 'fenced');
      const [first, second] = [
        await shop.stores.reopen(shop.projection, 1),
        await shop.stores.reopen(shop.projection, 2),
      ];
      let switched = false;
      // The serving one is always ahead when the switch begins, and goes on as long as it may.
      const ahead = async () => {
        for (let n = 0; !switched; n += 1) {
          receive(products!, productId, n + 20);
          await applyAll(first, products!);
        }
      };
      const after = async () => {
        while (!switched) await applyAll(second, products!);
      };
      const [at] = await Promise.all([
        shop.stores.switchTo(shop.projection.name, 2, { waitMs: 5000 }).then(async () => {
          const [shown, now] = await Promise.all(
            [1, 2].map(async of => (await shop.stores.figures(shop.projection, of)).checkpoints.get('products')!),
          );
          switched = true;
          return { shown, now };
        }),
        ahead(),
        after(),
      ]);
      expect(at.now!.position).toBeGreaterThan(0);
      expect(await shop.serving()).toBe(2);
      for (const store of [first, second]) await applyAll(store, products!);
      for (const generation of [1, 2]) expect((await shop.verify(generation)).equal).toBe(true);
    });

    it('until the other one has reached it, nothing more is shown by the one that serves', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      const productId = listProduct(products!, 'held');
      const [first, second] = [
        await shop.stores.reopen(shop.projection, 1),
        await shop.stores.reopen(shop.projection, 2),
      ];
      await applyAll(first, products!);
      const shown = async (of: number) =>
        (await shop.stores.figures(shop.projection, of)).checkpoints.get('products')!.position;
      const before = await shown(1);
      const switching = shop.stores.switchTo(shop.projection.name, 2, { waitMs: 10_000 });
      await pause(100);
      receive(products!, productId, 1);
      const more = applyAll(first, products!);
      await pause(200);
      expect(await shown(1)).toBe(before);
      await applyAll(second, products!);
      await switching;
      await more;
      expect(await shown(2)).toBeGreaterThanOrEqual(before);
      expect(await shop.serving()).toBe(2);
    });

    it('one switch after the other, from many at once, leaves one that serves', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const to = [1, 2, 2, 1, 2, 1];
      await Promise.all(to.map(generation => shop.stores.switchTo(shop.projection.name, generation, { waitMs: 3000 })));
      const there = await shop.stores.generations(shop.projection.name);
      expect(there.filter(one => one.serving)).toHaveLength(1);
      for (const generation of [1, 2]) expect((await shop.verify(generation)).equal).toBe(true);
    });

    it('a third one is refused until one is dropped, and what serves cannot be', async () => {
      const shop = await newShop();
      await shop.rebuild();
      await expect(shop.rebuild()).rejects.toThrow(/has 2 generations \(1, 2\)/);
      await expect(shop.stores.drop(shop.projection.name, 1)).rejects.toThrow(/serves/);
      await expect(shop.stores.drop(shop.projection.name, 7)).rejects.toThrow(/no generation 7/);
      await shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 });
      const old = await shop.stores.reopen(shop.projection, 1);
      await shop.stores.drop(shop.projection.name, 1);
      expect(await shop.store.isThere(shop.projection, 'products', 1)).toBe(false);
      await expect(old.checkpoint('products')).rejects.toThrow(/does not exist any more/);
      expect(await shop.rebuild()).toMatchObject({ generation: 3 });
      expect((await shop.verify(3)).equal).toBe(true);
    });

    it('a generation that is dropped while it is switched to does not serve, or is not dropped', async () => {
      for (let round = 0; round < 5; round += 1) {
        const shop = await newShop();
        await shop.rebuild();
        const outcomes = await Promise.allSettled([
          shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 }),
          shop.stores.drop(shop.projection.name, 2),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const there = await shop.stores.generations(shop.projection.name);
        expect(there.filter(one => one.serving)).toHaveLength(1);
        expect((await shop.verify(await shop.serving())).equal).toBe(true);
      }
    });

    it('what is not built yet never serves', async () => {
      const shop = await newShop();
      await (await shop.stores.beginBuild(shop.projection)).close();
      await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 0 })).rejects.toThrow(/not built yet/);
      await expect(shop.stores.switchTo(shop.projection.name, 9, { waitMs: 0 })).rejects.toThrow(/no generation 9/);
    });
  });
}
