/** Defects of decisions, steps of the purchase and answers. */
import { slowReaderFor } from '../faults/limits';
import type { Mutant } from './mutant';

export const shopMutants: readonly Mutant[] = [
  {
    name: 'token-ignored',
    defect: 'a read is answered at once, whatever its token asks for',
    edits: [
      {
        file: 'apps/user-orders-query/src/query/fresh-reads.ts',
        find: "if (verdict.kind === 'reached' && !missing) return",
        put: 'if (!missing) return',
      },
    ],
    builds: ['user-orders-query'],
    fault: slowReaderFor(4),
    caughtBy: ['I14'],
    seconds: 20,
  },
  {
    name: 'owner-not-checked',
    defect: 'whoever is signed in sees everybody',
    edits: [
      {
        file: 'libs/service-kit/src/auth/access.guard.ts',
        find: "if (access?.kind === 'self-or-admin' && params[access.param] === userId) return;",
        put: "if (access?.kind === 'self-or-admin') return void [params, userId];",
      },
    ],
    builds: ['user-orders-query'],
    caughtBy: ['I20'],
    seconds: 20,
    mix: { elsewhere: 20 },
  },
  {
    name: 'oversells',
    defect: 'stock is compared with what there was a little earlier',
    edits: [
      {
        file: 'apps/products/src/domain/product.decide.ts',
        find: 'if (quantity > available) return',
        put: 'if (quantity > available + 3) return',
      },
    ],
    builds: ['products'],
    caughtBy: ['I11'],
    seconds: 20,
    stock: 4,
  },
  {
    name: 'confirms-again',
    defect: 'an order is confirmed whatever its state',
    edits: [
      {
        file: 'apps/orders/src/domain/order.decide.ts',
        find: "return order.status === 'placed' ? accept<OrderEvent>({ type: 'OrderConfirmed'",
        put: "return order.status !== 'cancelled' ? accept<OrderEvent>({ type: 'OrderConfirmed'",
      },
    ],
    builds: ['orders'],
    caughtBy: ['I13'],
    seconds: 20,
  },
  {
    name: 'cancel-keeps-stock',
    defect: 'a cancelled order gives nothing back',
    edits: [
      {
        file: 'apps/products/src/reservation/reservation.step.ts',
        find: 'reactions.push({ stream, events: decision.events });',
        put: 'reactions.push({ stream, events: [] });',
      },
    ],
    builds: ['products'],
    caughtBy: ['I12', 'I13'],
    mix: { cancel: 30 },
  },
  {
    name: 'pages-stay-old',
    defect: 'a ready page is shown as it was, while a renamed product is being written into it',
    edits: [
      {
        file: 'apps/user-orders-query/src/pages/page-overlay.ts',
        find: 'return body => products.reduce((text, [productId, fields]) => withFields(text, productId, fields), body);',
        put: 'return body => (withFields(body, products[0]![0], products[0]![1]) ? body : body);',
      },
      {
        file: 'apps/user-orders-query/src/pages/page-fanout.ts',
        find: '  if (count === 0) return false;\n',
        put: '  if (count >= 0) return false;\n',
      },
    ],
    builds: ['user-orders-query'],
    caughtBy: ['I8r'],
    seconds: 30,
    mix: { buy: 10, purchases: 70 },
  },
];
