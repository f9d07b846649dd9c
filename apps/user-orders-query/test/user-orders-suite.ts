/** The query service over HTTP, on real servers, fed by logs that the test writes; the same on every read store. */
import { encodeToken, type LogName, type Positions } from '@foldline/contracts';
import { eventually } from '@foldline/testing';
import { idOf, incarnationOf, ShopHistory } from '../src/projection/shop-history';
import { QueryService, type Answer } from './query-service';

export function userOrdersSuite(store: () => Record<string, string>, keepsPages: boolean): void {
  let service: QueryService;
  let history: ShopHistory;
  let ada: string;
  let admin: string;

  const user = (n: number): string => idOf('user', n);
  const at = (log: LogName, position = history.logs[log].length): Positions => ({
    [log]: { incarnation: incarnationOf(log), position },
  });
  const seeing = (...positions: Positions[]): Record<string, string> => ({
    'consistency-token': encodeToken(Object.assign({}, ...positions) as Positions),
  });
  const all = (): Record<string, string> => ({
    ...seeing(at('users'), at('products'), at('orders')),
    prefer: 'wait=10',
  });
  const products = (query = '', token = ada, headers = all()): Promise<Answer> =>
    service.get(`/users/${user(1)}/products${query}`, token, headers);
  const buy = (order: number, product: number, quantity = 1, minute = order): void =>
    void history.placedOrder(order, 1, [{ product, quantity, unitPrice: 100 }], minute).confirmed(order);

  beforeAll(async () => {
    service = await QueryService.start(store());
    ({ history } = service);
    history.signedUp(1).signedUp(2).signedUp(3).closed(3);
    for (let product = 1; product <= 30; product += 1) history.listed(product, product * 10);
    [ada, admin] = await Promise.all([service.tokenFor(user(1)), service.tokenFor(user(99), 'admin')]);
  });
  afterAll(() => service.close());

  describe('GET /users/:id/products', () => {
    it('is empty for a user without purchases', async () => {
      const { status, body, headers } = await products();
      expect([status, body]).toEqual([200, { items: [], pending: 0, next: null }]);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    });

    it('shows what was confirmed, and counts what is pending', async () => {
      buy(1, 1, 2, 5);
      history.placedOrder(2, 1, [{ product: 2, quantity: 1, unitPrice: 1 }], 6);
      const { body, headers } = await products();
      expect(body).toEqual({
        items: [
          {
            productId: idOf('product', 1),
            title: 'Product 1',
            image: '/images/1.svg',
            price: { amount: 10, currency: 'EUR' },
            quantity: 2,
            spent: { amount: 200, currency: 'EUR' },
            firstPurchasedAt: ShopHistory.at(5),
            lastPurchasedAt: ShopHistory.at(5),
            orderCount: 1,
          },
        ],
        pending: 1,
        next: null,
      });
      expect(headers.get('consistency-token')).toBe(all()['consistency-token']);
      expect(headers.get('foldline-positions')).toBe('users=4, products=30, orders=3');
      expect(headers.get('foldline-lag')).toMatch(/^\d+$/);
    });

    it('shows a rejected order no more as pending, and a new title as soon as its token is sent', async () => {
      history.rejected(2).retitled(1, 'Renamed "1"\n\u2028').repriced(1, 77);
      const { body } = await products();
      expect(body).toMatchObject({
        items: [{ title: 'Renamed "1"\n\u2028', price: { amount: 77, currency: 'EUR' } }],
        pending: 0,
      });
    });

    it('pages through all purchases, last purchased first, none lost or repeated', async () => {
      for (let order = 3; order <= 27; order += 1) buy(order, order - 1, 1, 100 + (order % 5));
      const found: { productId: string; lastPurchasedAt: string }[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { status, body }: Answer = await products(`?limit=7${cursor && `&cursor=${cursor}`}`);
        expect(status).toBe(200);
        found.push(...body.items);
        cursor = body.next;
      }
      expect(new Set(found.map(({ productId }) => productId)).size).toBe(26);
      const order = found.map(({ lastPurchasedAt, productId }) => `${lastPurchasedAt} ${productId}`);
      expect(order).toEqual([...order].sort().reverse());
      const first = (await products()).body;
      expect([first.items.length, typeof first.next]).toEqual([20, 'string']);
      expect((await products(`?cursor=${first.next}`)).body.items).toEqual(found.slice(20));
    });

    it.each([
      'limit=0',
      'limit=101',
      'limit=1e1',
      'limit=1&limit=2',
      'cursor=',
      'cursor=x',
      'unknown=1',
      'limit[$gt]=1',
    ])('?%s is refused', async query => {
      const { status, headers } = await products(`?${query}`);
      expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
    });

    it("refuses a cursor of another list, or of another user's", async () => {
      const { next } = (await products()).body;
      expect((await service.get(`/users/${user(1)}/orders?cursor=${next}`, ada)).body.code).toBe('invalid-cursor');
      expect((await service.get(`/users/${user(2)}/products?cursor=${next}`, admin)).body.code).toBe('invalid-cursor');
    });
  });

  describe('an answer', () => {
    const asked = (path: string, headers: Record<string, string>): Promise<Answer> =>
      service.get(`/users/${user(2)}/${path}`, undefined, headers);

    it('may be kept by its owner, and is a 304 until it shows something else, from rows and ready alike', async () => {
      const authorization = `Bearer ${await service.tokenFor(user(2))}`;
      const bought = (order: number, product: number): void =>
        void history.placedOrder(order, 2, [{ product, quantity: 1, unitPrice: 5 }], order).confirmed(order);
      const tags = new Set<string>();
      for (const step of [0, 1, 2]) {
        if (step === 1) bought(901, 1);
        if (step === 2) history.retitled(1, 'Renamed for its tag');
        for (const path of ['products', 'orders']) {
          const first = await asked(path, { ...all(), authorization });
          const etag = first.headers.get('etag')!;
          expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
          expect(first.headers.get('cache-control')).toBe('private, no-cache');
          expect(first.headers.get('vary')).toBe('authorization');
          // Often enough for a page to become ready between two of them.
          for (let i = 0; i < 20; i += 1) {
            const same = await asked(path, { ...all(), authorization, 'if-none-match': etag });
            expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
            expect(same.headers.get('consistency-token')).toBe(all()['consistency-token']);
          }
          if (path === 'products') tags.add(etag);
        }
      }
      expect(tags.size).toBe(3);
    });
  });

  describe('GET /users/:id/orders', () => {
    it('shows orders newest first, with what was decided', async () => {
      const { status, body } = await service.get(`/users/${user(1)}/orders?limit=100`, ada, all());
      expect([status, body.next, body.items.length]).toEqual([200, null, 27]);
      expect(body.items.at(-1)).toEqual({
        id: idOf('order', 1),
        status: 'confirmed',
        items: [{ productId: idOf('product', 1), quantity: 2, unitPrice: { amount: 100, currency: 'EUR' } }],
        total: { amount: 200, currency: 'EUR' },
        placedAt: ShopHistory.at(5),
        decidedAt: ShopHistory.at(2),
        cancelledAt: null,
      });
      expect(body.items.at(-2)).toMatchObject({ status: 'rejected', rejection: { code: 'out-of-stock', items: [] } });
    });

    it('pages without loss or repetition', async () => {
      const ids: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: Answer = await service.get(
          `/users/${user(1)}/orders?limit=10${cursor && `&cursor=${cursor}`}`,
          ada,
        );
        ids.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.next;
      }
      expect(new Set(ids).size).toBe(27);
      expect(ids).toHaveLength(27);
    });
  });

  describe('who may ask', () => {
    it('the user and admins; nobody else learns whether there is such a user', async () => {
      const path = `/users/${user(2)}/products`;
      const other = await service.tokenFor(user(2));
      expect((await service.get(path)).status).toBe(401);
      expect((await service.get(path, ada)).status).toBe(403);
      expect((await service.get(`/users/${user(50)}/products`, ada)).status).toBe(403);
      expect((await service.get(path, other)).status).toBe(200);
      expect((await service.get(path, admin)).status).toBe(200);
    });
    it('an unknown user is not found by an admin, and an id that is none is refused', async () => {
      expect((await service.get(`/users/${user(50)}/products`, admin)).body).toMatchObject({ status: 404 });
      expect((await service.get('/users/nope/orders', admin)).status).toBe(400);
    });
    it('a closed account asks no more, and admins still see it', async () => {
      const closed = await service.tokenFor(user(3));
      expect((await service.get(`/users/${user(3)}/products`, closed)).status).toBe(401);
      expect((await service.get(`/users/${user(3)}/orders`, closed)).status).toBe(401);
      expect((await service.get(`/users/${user(3)}/products`, admin)).body).toMatchObject({ items: [] });
      const closedAdmin = await service.tokenFor(user(3), 'admin');
      expect((await service.get(`/users/${user(1)}/products`, closedAdmin)).status).toBe(401);
    });
    it('a user who has just signed up and is not known yet is told to come back, not that they do not exist', async () => {
      const stranger = await service.tokenFor(user(40));
      const answer = await service.get(`/users/${user(40)}/products`, stranger, { prefer: 'wait=0' });
      expect([answer.status, answer.body.code]).toEqual([503, 'read-model-behind']);
      expect(answer.headers.get('retry-after')).toBe('1');
    });
  });

  describe('a consistency token', () => {
    it('of another incarnation: the log was replaced', async () => {
      const token = encodeToken({ orders: { incarnation: incarnationOf('users'), position: 1 } });
      expect((await products('', ada, { 'consistency-token': token })).body).toMatchObject({
        status: 409,
        code: 'log-replaced',
      });
    });
    it('ahead of the head of its log is refused', async () => {
      const ahead = seeing(at('orders', history.logs.orders.length + 1));
      expect((await products('', ada, ahead)).body).toMatchObject({ status: 400, code: 'token-ahead' });
    });
    it('that cannot be read is refused', async () => {
      expect((await products('', ada, { 'consistency-token': 'garbage!' })).body.code).toBe('invalid-token');
    });
    it('comes back joined with what is shown', async () => {
      const { headers } = await products('', ada, seeing(at('orders', 1)));
      expect(headers.get('consistency-token')).toBe(all()['consistency-token']);
    });
  });

  describe('alone', () => {
    it('with all owners and the broker gone it answers the same, also after a restart, with pages or without', async () => {
      const before = (await products()).text;
      await service.ownersDown();
      await service.nats.stop();
      expect((await products('', ada, {})).text).toBe(before);
      for (const READ_PAGES of ['on', 'off']) {
        await service.down();
        await service.up({ READ_PAGES });
        const { status, text, headers } = await products('', ada, {});
        expect([status, text]).toEqual([200, before]);
        expect(headers.get('consistency-token')).toBe(all()['consistency-token']);
        expect((await service.get('/readyz')).status).toBe(200);
      }
      const beyond = seeing(at('orders', history.logs.orders.length + 1));
      const waiting = await products('', ada, { ...beyond, prefer: 'wait=0' });
      expect([waiting.status, waiting.body.code]).toEqual([503, 'read-model-behind']);
    });

    it('and catches up by itself when they are back, pages included', async () => {
      buy(40, 29, 1, 500);
      await service.nats.start();
      await service.ownersUp();
      await eventually(async () => expect((await products()).body.items[0].quantity).toBe(1), { timeout: 20_000 });
      await service.down();
      await service.up({ READ_PAGES: 'on' });
      const { body } = await products();
      expect(body.items[0]).toMatchObject({ productId: idOf('product', 29), title: 'Product 29' });
      await eventually(async () => {
        await products();
        if (keepsPages)
          expect((await service.get('/metrics')).text).toMatch(/foldline_pages\{outcome="hits".*\} [1-9]/);
      });
    });
  });
}
