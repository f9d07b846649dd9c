/** Two shoppers sign up, buy, cancel and look at what they bought; every step says which event it wrote and where. */
import type { ListedProduct } from './seed';
import { positionsText, Shop, ShopError, type Answer } from './shop';
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

interface Session {
  readonly accessToken: string;
  readonly userId: string;
}
interface Order {
  readonly id: string;
  readonly status: string;
  readonly total: { readonly amount: number; readonly currency: string };
}
interface PurchasePage {
  readonly items: readonly {
    readonly title: string;
    readonly image: string;
    readonly price: { readonly amount: number; readonly currency: string };
    readonly quantity: number;
    readonly spent: { readonly amount: number; readonly currency: string };
    readonly orderCount: number;
    readonly lastPurchasedAt: string;
  }[];
  readonly pending: number;
}

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

const step = (what: string, events: string, answer: Answer<unknown>): Step => [
  what,
  events,
  positionsText(answer.positions),
  `${answer.milliseconds.toFixed(1)} ms`,
];

export async function signIn(shop: Shop, { email, password }: { email: string; password: string }): Promise<Session> {
  return (await shop.call<Session>('POST', '/sessions', { body: { email, password } })).body;
}

async function signUp(shop: Shop, shopper: Shopper): Promise<Step> {
  try {
    return step(
      `${shopper.displayName} signs up`,
      'UserSignedUp',
      await shop.call('POST', '/users', { body: shopper }),
    );
  } catch (error) {
    if (error instanceof ShopError && error.problem.code === 'email-taken')
      return [`${shopper.displayName} is known already`, '-', '-', '-'];
    throw error;
  }
}

/** Tells the story of one shopper and prints the answer of `GET /users/:id/products`. */
export async function shopFor(
  shopper: Shopper,
  url: string,
  products: ReadonlyMap<string, ListedProduct>,
  say: Say,
): Promise<void> {
  const shop = new Shop(url);
  const steps: Step[] = [await signUp(shop, shopper)];
  const { accessToken, userId } = await signIn(shop, shopper);
  const placed: Order[] = [];
  for (const basket of BASKETS) {
    const items = basket.map(([title, quantity]) => ({ productId: products.get(title)!.id, quantity }));
    const answer = await shop.call<Order>('POST', '/orders', {
      accessToken,
      body: { items },
      headers: { prefer: 'wait=30' },
    });
    placed.push(answer.body);
    steps.push(
      step(
        `buys ${basket.map(([title, n]) => `${n} ${title}`).join(', ')}: ${answer.body.status}`,
        'OrderPlaced, StockReserved, OrderConfirmed',
        answer,
      ),
    );
  }
  const cancelled = await shop.call<Order>('POST', `/orders/${placed[1]!.id}/cancellation`, { accessToken });
  steps.push(step('cancels the mugs', 'OrderCancelled', cancelled));
  const bought = await shop.call<PurchasePage>('GET', `/users/${userId}/products`, {
    accessToken,
    headers: { prefer: 'wait=30' },
  });
  steps.push([
    `sees it all in GET /users/${userId}/products`,
    '(visible after)',
    positionsText(bought.positions),
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
        item.title,
        item.image,
        moneyText(item.price),
        item.quantity,
        moneyText(item.spent),
        item.orderCount,
        item.lastPurchasedAt,
      ]),
    ),
  );
}
