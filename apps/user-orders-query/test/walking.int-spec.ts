/** Ten thousand purchases and orders, walked page by page while more of them arrive. */
import { encodeToken, type LogName } from '@foldline/contracts';
import { idOf, incarnationOf } from '../src/projection/shop-history';
import { QueryService } from './query-service';

jest.setTimeout(120_000);

const ROWS = 10_000;
const NEW_PER_PAGE = 5;
/** Pages, after which the walk waits for what arrived meanwhile. */
const HALF_WAY = 50;
let service: QueryService;
let token: string;
let next = 0;

/** One product, bought in one order; minutes repeat, so that ids must tell orders of one moment apart. */
function buyAnother(): void {
  next += 1;
  const minute = (next * 7919) % 4000;
  service.history
    .listed(next)
    .placedOrder(next, 1, [{ product: next, quantity: 1, unitPrice: 10 }], minute)
    .confirmed(next);
}

async function untilShown(): Promise<void> {
  const all = encodeToken(
    Object.fromEntries(
      (Object.keys(service.history.logs) as LogName[]).map(log => [
        log,
        { incarnation: incarnationOf(log), position: service.history.logs[log].length },
      ]),
    ),
  );
  for (let tries = 0; tries < 3; tries += 1) {
    const { status } = await service.get(`/users/${idOf('user', 1)}/orders?limit=1`, token, {
      'consistency-token': all,
      prefer: 'wait=30',
    });
    if (status === 200) return;
  }
  throw new Error('the read model did not get there');
}

beforeAll(async () => {
  service = await QueryService.start();
  service.history.signedUp(1);
  for (let i = 0; i < ROWS; i += 1) buyAnother();
  token = await service.tokenFor(idOf('user', 1));
  await untilShown();
});
afterAll(() => service.close());

it.each([
  ['products', 'productId', 'product'],
  ['orders', 'id', 'order'],
] as const)('of %s none is lost and none comes twice', async (list, key, kind) => {
  const seen: string[] = [];
  let pages = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const { status, body } = await service.get(
      `/users/${idOf('user', 1)}/${list}?limit=100${cursor && `&cursor=${cursor}`}`,
      token,
    );
    expect(status).toBe(200);
    for (const item of body.items as Record<string, string>[]) seen.push(item[key]!);
    cursor = body.next as string | null;
    for (let i = 0; i < NEW_PER_PAGE; i += 1) buyAnother();
    if ((pages += 1) === HALF_WAY) await untilShown();
  }
  const ids = new Set(seen);
  expect(ids.size).toBe(seen.length);
  expect(Array.from({ length: ROWS }, (_, i) => idOf(kind, i + 1) as string).filter(id => !ids.has(id))).toEqual([]);
  // Else nothing arrived while it was walked, and the test showed nothing.
  expect(seen.length).toBeGreaterThan(ROWS);
});
