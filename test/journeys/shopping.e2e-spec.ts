/** What a shopper, an admin and an operator do, over HTTP, against everything `npm start` runs. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decodeToken } from '@foldline/contracts';
import { eventually } from '@foldline/testing';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller, type Person } from './client';
import { runReadmeExample } from './readme-example';
import { Shop, type RunFile } from './shop';
import { inOneShell, missingOf, stepsOf } from './transcript';

jest.setTimeout(180_000);

const ROOT = resolve(__dirname, '../..');
let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let buyer: Person;

beforeAll(async () => {
  shop = await Shop.create({ REQUESTS_PER_ADDRESS: '1000000' });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  buyer = await newPerson(call, 'Bo');
});
afterAll(() => shop.remove());

describe('a purchase', () => {
  it('shows with title and image to a read that carries the token of its confirmation', async () => {
    const product = await newProduct(call, admin, { title: 'Brass Lamp', stock: 5 });
    const order = await buy(call, buyer.token, [{ productId: product, quantity: 2 }]);
    expect(order).toMatchObject({
      status: 201,
      body: { status: 'confirmed', total: { amount: 2500, currency: 'EUR' } },
    });
    expect(order.headers.get('location')).toBe(`/orders/${order.body.id}`);
    const read = await call('GET', `/users/${buyer.id}/products`, { token: buyer.token, headers: after(order) });
    expect(read.status).toBe(200);
    expect(read.body.items).toContainEqual(
      expect.objectContaining({
        productId: product,
        title: 'Brass Lamp',
        image: '/images/enamel-mug.svg',
        price: { amount: 1250, currency: 'EUR' },
        quantity: 2,
        spent: { amount: 2500, currency: 'EUR' },
        orderCount: 1,
      }),
    );
    expect(read.body.pending).toBe(0);
    expect(decodeToken(read.headers.get('consistency-token')!)).toHaveProperty('orders');
  });

  it("is made and seen by the README's program, with the typed client", async () => {
    await newProduct(call, admin, { title: 'Cheapest Thing', price: { amount: 1, currency: 'EUR' } });
    expect(await runReadmeExample(run.gateway)).toBe('Cheapest Thing: confirmed\nbought 1 Cheapest Thing\n');
  });

  it('of more than there is takes nothing and says what was short', async () => {
    const [plenty, scarce] = [await newProduct(call, admin), await newProduct(call, admin, { stock: 1 })];
    const order = await buy(call, buyer.token, [
      { productId: plenty, quantity: 1 },
      { productId: scarce, quantity: 2 },
    ]);
    expect(order.body).toMatchObject({
      status: 'rejected',
      rejection: { code: 'out-of-stock', items: [{ productId: scarce, requested: 2, available: 1 }] },
    });
    expect((await call('GET', `/products/${plenty}`)).body.available).toBe(100);
  });

  it('cancelled gives its stock back and leaves the read model', async () => {
    const product = await newProduct(call, admin, { stock: 3 });
    const order = await buy(call, buyer.token, [{ productId: product, quantity: 3 }]);
    const cancelled = await call('POST', `/orders/${order.body.id}/cancellation`, { token: buyer.token });
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    await eventually(async () => expect((await call('GET', `/products/${product}`)).body.available).toBe(3));
    const read = await call('GET', `/users/${buyer.id}/products`, { token: buyer.token, headers: after(cancelled) });
    expect(read.body.items.map((item: { productId: string }) => item.productId)).not.toContain(product);
  });

  it('at another price than expected is refused and changes nothing', async () => {
    const product = await newProduct(call, admin);
    const order = await call('POST', '/orders', {
      token: buyer.token,
      body: { items: [{ productId: product, quantity: 1 }], expectedTotal: { amount: 1, currency: 'EUR' } },
    });
    expect(order).toMatchObject({ status: 409, body: { code: 'price-changed' } });
  });

  it('sent a hundred times at once with one key is one order', async () => {
    const product = await newProduct(call, admin, { stock: 500 });
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => buy(call, buyer.token, [{ productId: product, quantity: 1 }], headers)),
    );
    expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map(answer => answer.body.id)).size).toBe(1);
    await eventually(async () => expect((await call('GET', `/products/${product}`)).body.available).toBe(499));
    const misused = await buy(call, buyer.token, [{ productId: product, quantity: 2 }], headers);
    expect(misused).toMatchObject({ status: 422 });
  });

  it('by two hundred buyers of twenty units is twenty purchases', async () => {
    const product = await newProduct(call, admin, { stock: 20 });
    const orders = await Promise.all(
      Array.from({ length: 200 }, () => buy(call, buyer.token, [{ productId: product, quantity: 1 }])),
    );
    const decided = await Promise.all(
      orders.map(order =>
        eventually(async () => {
          const { body } = await call('GET', `/orders/${order.body.id}`, { token: buyer.token });
          expect(body.status).not.toBe('placed');
          return body.status as string;
        }),
      ),
    );
    expect(decided.filter(status => status === 'confirmed')).toHaveLength(20);
    expect(decided.filter(status => status === 'rejected')).toHaveLength(180);
    expect((await call('GET', `/products/${product}`)).body.available).toBe(0);
  });
});

describe('a product', () => {
  it('renamed shows its new title in the purchases of its buyers', async () => {
    const product = await newProduct(call, admin, { title: 'Old name' });
    await buy(call, buyer.token, [{ productId: product, quantity: 1 }]);
    const etag = (await call('GET', `/products/${product}`)).headers.get('etag')!;
    const renamed = await call('PATCH', `/products/${product}`, {
      token: admin,
      body: { title: 'New name' },
      headers: { 'if-match': etag },
    });
    expect(renamed).toMatchObject({ status: 200, body: { title: 'New name' } });
    const read = await call('GET', `/users/${buyer.id}/products`, { token: buyer.token, headers: after(renamed) });
    expect(read.body.items).toContainEqual(expect.objectContaining({ productId: product, title: 'New name' }));
    const stale = await call('PATCH', `/products/${product}`, {
      token: admin,
      body: { title: 'Newer' },
      headers: { 'if-match': etag },
    });
    expect(stale.status).toBe(412);
  });

  it('is found by words of its description, and paged through without loss or repetition', async () => {
    const listed: string[] = [];
    let last;
    for (let i = 0; i < 7; i += 1) {
      last = await call('POST', '/products', {
        token: admin,
        body: {
          title: `Paged ${i}`,
          description: 'quicksilver weathervane',
          image: '/images/x.svg',
          category: 'paged',
          price: { amount: 100 + i, currency: 'EUR' },
        },
      });
      listed.push(last.body.id);
    }
    const found: string[] = [];
    let path: string | null = '/products?q=weathervane&limit=3&sort=price';
    while (path) {
      const page = await call('GET', path, { headers: after(last!) });
      expect(page.status).toBe(200);
      found.push(...page.body.items.map((item: { id: string }) => item.id));
      path = page.body.next
        ? `/products?q=weathervane&limit=3&sort=price&cursor=${encodeURIComponent(page.body.next)}`
        : null;
    }
    expect(found).toEqual(listed);
  });

  it('withdrawn can be bought no more', async () => {
    const product = await newProduct(call, admin);
    const gone = await call('DELETE', `/products/${product}`, { token: admin });
    expect(gone.status).toBe(204);
    const order = await buy(call, buyer.token, [{ productId: product, quantity: 1 }], after(gone));
    expect([order.status, order.body.code ?? order.body.rejection?.code]).toEqual([
      order.status === 201 ? 201 : 409,
      'product-withdrawn',
    ]);
  });
});

describe('an account', () => {
  it('is one per e-mail address, whatever its case', async () => {
    const again = await call('POST', '/users', {
      body: { email: buyer.email.toUpperCase(), password: 'another-passphrase', displayName: 'Twin' },
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'email-taken' } });
  });

  it("is nobody else's to see", async () => {
    const other = await newPerson(call);
    for (const path of [`/users/${buyer.id}`, `/users/${buyer.id}/products`, `/users/${buyer.id}/orders`]) {
      expect((await call('GET', path, { token: other.token })).status).toBe(403);
      expect((await call('GET', path)).status).toBe(401);
      expect((await call('GET', path, { token: admin, headers: { prefer: 'wait=5' } })).status).toBe(200);
    }
  });

  it('closed signs in no more', async () => {
    const leaver = await newPerson(call);
    expect((await call('DELETE', `/users/${leaver.id}`, { token: leaver.token })).status).toBe(204);
    const back = await call('POST', '/sessions', { body: { email: leaver.email, password: leaver.password } });
    expect(back.status).toBe(401);
    expect((await call('GET', `/users/${leaver.id}`, { token: leaver.token })).status).toBe(401);
  });
});

describe('every service', () => {
  it('answers on its own port too, and says how it is', async () => {
    for (const { url } of Object.values(run.services)) {
      const own = callOn(url);
      expect((await own('GET', '/livez')).status).toBe(200);
      await eventually(async () => expect((await own('GET', '/readyz')).status).toBe(200));
    }
    const direct = callOn(run.services['user-orders-query'].url);
    expect((await direct('GET', `/users/${buyer.id}/products`, { token: buyer.token })).status).toBe(200);
  });
});

it('the first ten minutes go as docs/first-ten-minutes.md shows them', async () => {
  const [start, ...steps] = stepsOf(await readFile(join(ROOT, 'docs/first-ten-minutes.md'), 'utf8'));
  // What the first start has to install and build was done before this one.
  const shown = start!.shown.filter(line => !/installing|building/.test(line));
  expect([start!.command, missingOf({ ...start!, shown }, shop.terminal)]).toEqual(['npm start', undefined]);
  const commands = steps.map(({ command }) => command.replace('http://127.0.0.1:8080', run.gateway));
  const printed = await inOneShell(commands, { cwd: ROOT, env: shop.environment });
  for (const [i, step] of steps.entries())
    expect({ command: step.command, missing: missingOf(step, printed[i]!), printed: printed[i] }).toEqual({
      command: step.command,
      missing: undefined,
      printed: printed[i],
    });
  expect(steps.at(-1)!.command).toBe('npm stop');
  await expect(shop.runFile()).rejects.toThrow('ENOENT');
});
