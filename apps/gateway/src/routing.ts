/** Which service answers which address; the gateway knows nothing else about the shop. */
import type { GatewayConfig } from './gateway.settings';

export type Upstream = 'USERS_URL' | 'PRODUCTS_URL' | 'ORDERS_URL' | 'QUERY_URL';

const ADDRESSES: Readonly<Record<Upstream, readonly string[]>> = {
  USERS_URL: [
    '/users',
    '/users/:id',
    '/users/:id/role',
    '/users/me/password',
    '/sessions',
    '/sessions/refresh',
    '/sessions/sign-out',
    '/.well-known/jwks.json',
  ],
  PRODUCTS_URL: ['/products', '/products/:id', '/products/:id/stock'],
  ORDERS_URL: ['/orders', '/orders/:id', '/orders/:id/cancellation'],
  QUERY_URL: ['/users/:id/products', '/users/:id/orders'],
};

/** Address patterns with the base URL of the service behind each. */
export const routesOf = (config: GatewayConfig): readonly (readonly [pattern: string, base: string])[] =>
  Object.entries(ADDRESSES).flatMap(([upstream, patterns]) =>
    patterns.map(pattern => [pattern, config[upstream as Upstream].replace(/\/$/, '')] as const),
  );
