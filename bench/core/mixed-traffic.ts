/** What a shop is asked, mixed as its customers ask. */
import { signerOf, type History } from './history';
import type { OwnShop } from './own-shop';

/** Of all requests, how many are of each kind. */
export const MIX = { products: 0.8, catalogue: 0.075, orders: 0.075, purchase: 0.05 };
export type Kind = keyof typeof MIX;
export const NAMES: Readonly<Record<Kind, string>> = {
  products: 'GET /users/:id/products',
  catalogue: 'GET /products',
  orders: 'GET /users/:id/orders',
  purchase: 'POST /orders until it is confirmed and projected',
};

/** Draws requests for a server that speaks HTTP/1.1; `only`: of this kind alone. */
export async function trafficOf(shop: OwnShop, { users, products }: History, only?: Kind): Promise<() => Buffer> {
  const sign = await signerOf(shop);
  const signed = await Promise.all(users.map(async id => [id, await sign(id)] as const));
  const any = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)]!;
  const get = (path: string, token?: string): string =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${token ? `authorization: Bearer ${token}\r\n` : ''}\r\n`;
  const order = (token: string): string => {
    const body = JSON.stringify({ items: [{ productId: any(products), quantity: 1 }] });
    const headers = `authorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    return `POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n\r\n${body}`;
  };
  const requests: Readonly<Record<Kind, (id: string, token: string) => string>> = {
    products: (id, token) => get(`/users/${id}/products`, token),
    catalogue: () => get('/products?limit=20'),
    orders: (id, token) => get(`/users/${id}/orders`, token),
    purchase: (_, token) => order(token),
  };
  const thrown = (): Kind => {
    let dice = Math.random();
    return (Object.keys(MIX) as Kind[]).find(kind => (dice -= MIX[kind]) < 0) ?? 'products';
  };
  return () => {
    const [id, token] = any(signed);
    return Buffer.from(requests[only ?? thrown()](id, token));
  };
}
