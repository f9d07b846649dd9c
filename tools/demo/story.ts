/** Two shoppers sign up, buy, cancel and look at what they bought; every step says which event it wrote and where. */
import { ProblemError, ShopClient, type Result } from '@foldline/client';
import type { ListedProduct } from './seed';
import { positionsOf, timed, type Timed } from './shop';
import { moneyText, table } from './table';

export interface Shopper {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

/** Invented for the demo; the addresses are in a domain reserved for examples (RFC 2606). */
export const shoppers: readonly [Shopper, Shopper] = [
  { email: 'first.shopper@example.com', password: 'a-demo-passphrase-1', displayName: 'First Shopper' },
  { email: 'second.shopper@example.com', password: 'a-demo-passphrase-2', displayName: 'Second Shopper' },
];

type Order = Result<'post', '/orders'>;

export type Say = (line: string) => void;
type Step = readonly [what: string, events: string, at: string, milliseconds: string];

const BASKETS: readonly (readonly (readonly [title: string, quantity: number])[])[] = [
  [
    ['Pocket Notebook', 2],
    ['Brass Ballpoint', 1],
  ],
  [['Enamel Mug', 4]],
  [
    ['Brass Bell', 1],
    ['Rear Light', 1],
    ['Pocket Notebook', 1],
  ],
];

const step = (what: string, events: string, answer: Timed<unknown>): Step => [
  what,
  events,
  positionsOf(answer),
  `${answer.milliseconds.toFixed(1)} ms`,
];

async function signUp(shop: ShopClient, shopper: Shopper): Promise<Step> {
  try {
    const answer = await timed(() => shop.post('/users', { body: shopper }));
    return step(`${shopper.displayName} signs up`, 'UserSignedUp', answer);
  } catch (error) {
    if (!ProblemError.is(error, 'email-taken')) throw error;
    return [`${shopper.displayName} is known already`, '-', '-', '-'];
  }
}

/** Tells the story of one shopper and prints the answer of `GET /users/:id/products`. */
export async function shopFor(
  shopper: Shopper,
  url: string,
  products: ReadonlyMap<string, ListedProduct>,
  say: Say,
): Promise<void> {
  const shop = new ShopClient({ url });
  const steps: Step[] = [await signUp(shop, shopper)];
  const { email, password } = shopper;
  const { userId } = await shop.signIn({ email, password });
  const placed: Order[] = [];
  for (const basket of BASKETS) {
    const items = basket.map(([title, quantity]) => ({ productId: products.get(title)!.id, quantity }));
    const answer = await timed(() => shop.post('/orders', { body: { items }, wait: 30 }));
    placed.push(answer.body);
    steps.push(
      step(
        `buys ${basket.map(([title, n]) => `${n} ${title}`).join(', ')}: ${answer.body.status}`,
        'OrderPlaced, StockReserved, OrderConfirmed',
        answer,
      ),
    );
  }
  const mugs = { path: { id: placed[1]!.id } };
  const cancelled = await timed(() => shop.post('/orders/{id}/cancellation', mugs));
  steps.push(step('cancels the mugs', 'OrderCancelled', cancelled));
  const bought = await timed(() => shop.get('/users/{id}/products', { path: { id: userId }, wait: 30 }));
  steps.push([
    `sees it all in GET /users/${userId}/products`,
    '(visible after)',
    positionsOf(bought),
    `${bought.milliseconds.toFixed(1)} ms`,
  ]);
  say('');
  say(table(['what happened', 'events', 'positions', 'time'], steps));
  say('');
  say(`GET /users/${userId}/products  (pending: ${bought.body.pending})`);
  say(
    table(
      ['title', 'image', 'price', 'quantity', 'spent', 'orders', 'last bought'],
      bought.body.items.map(item => [
        item.title ?? '-',
        item.image ?? '-',
        item.price ? moneyText(item.price) : '-',
        item.quantity,
        moneyText(item.spent),
        item.orderCount,
        item.lastPurchasedAt,
      ]),
    ),
  );
}
