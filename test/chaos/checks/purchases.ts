/** Stock and orders on every prefix of the logs: never below zero, nothing lost, each order decided once (I11-I13). */
import type { ProductState } from '../model/shop-model';
import { judge } from './commands';
import type { Check, Evidence, Judgement } from './evidence';

function stock({ logs, model }: Evidence): Judgement {
  const violations: string[] = [];
  let looked = 0;
  for (const [id, history] of model.products) {
    let before: ProductState | undefined;
    for (const { position, state } of history) {
      looked += 1;
      if (state.available < 0) violations.push(`products ${position}: ${id} has ${state.available} units`);
      if (state.sold > state.received)
        violations.push(`products ${position}: ${id} sold ${state.sold} of ${state.received}`);
      if (state.status === 'withdrawn' && state.sold > (before?.sold ?? 0) && before?.status === 'withdrawn')
        violations.push(`products ${position}: ${id} was sold after it was withdrawn`);
      before = state;
      if (state.sold < 0) violations.push(`products ${position}: ${id} took back more than it gave`);
    }
  }
  return judge(
    'I11',
    'stock is never below zero, at no position',
    Math.min(looked, logs.events.products.length),
    violations,
  );
}

/** What each order took of each product: `order product` -> units. */
function takings({ logs }: Evidence) {
  const [reserved, released] = [new Map<string, number>(), new Map<string, number>()];
  const refused = new Map<string, number>();
  const twice: string[] = [];
  for (const { type, data, position } of logs.events.products) {
    const into = type === 'StockReserved' ? reserved : type === 'StockReleased' ? released : undefined;
    if (into) {
      const key = `${data.orderId} ${data.productId}`;
      if (into.has(key)) twice.push(`products ${position}: ${type} of order ${data.orderId} a second time`);
      into.set(key, (into.get(key) ?? 0) + (data.quantity as number));
    } else if (type === 'StockRefused') {
      if (refused.has(data.orderId)) twice.push(`products ${position}: order ${data.orderId} is refused a second time`);
      refused.set(data.orderId, position);
    }
  }
  return { reserved, released, refused, twice };
}

function conservation(evidence: Evidence): Judgement {
  const { model, atRest } = evidence;
  const violations: string[] = [];
  const sold = new Map<string, number>();
  let [spent, orderTotals] = [0, 0];
  for (const { lines, total, confirmed, cancelled } of model.orders.values()) {
    const sum = lines.reduce((all, { quantity, unitPrice }) => all + quantity * unitPrice, 0);
    if (!confirmed || cancelled) continue;
    spent += sum;
    orderTotals += total;
    for (const { productId, quantity } of lines) sold.set(productId, (sold.get(productId) ?? 0) + quantity);
  }
  if (spent !== orderTotals) violations.push(`lines come to ${spent}, the totals of their orders to ${orderTotals}`);
  for (const [id, history] of model.products) {
    const { received, available, sold: reserved } = history.at(-1)!.state;
    if (received !== available + reserved)
      violations.push(`${id}: received ${received}, has ${available}, gave ${reserved}`);
    if (atRest && reserved !== (sold.get(id) ?? 0))
      violations.push(`${id}: gave ${reserved} units, and its buyers hold ${sold.get(id) ?? 0}`);
  }
  return judge('I12', 'received = free + sold, and what is sold is what buyers hold', model.products.size, violations);
}

function decisions(evidence: Evidence): Judgement {
  const { model, atRest } = evidence;
  const { reserved, released, refused, twice } = takings(evidence);
  const violations = [...model.impossible, ...twice];
  // Each of the two logs is a step ahead of the other on the way.
  for (const { id, lines, confirmed, rejected, cancelled } of atRest ? model.orders.values() : []) {
    const of = (taken: Map<string, number>, productId: string): number => taken.get(`${id} ${productId}`) ?? 0;
    if (!confirmed && !rejected) violations.push(`order ${id} was never decided`);
    if (rejected && !refused.has(id)) violations.push(`order ${id} was rejected, and its stock never refused`);
    for (const { productId, quantity } of lines) {
      const [took, gaveBack] = [of(reserved, productId), of(released, productId)];
      if (took !== (confirmed ? quantity : 0))
        violations.push(`order ${id} of ${quantity} of ${productId} reserved ${took}`);
      if (gaveBack !== (cancelled ? quantity : 0))
        violations.push(`order ${id} of ${quantity} of ${productId} gave back ${gaveBack}`);
    }
  }
  return judge(
    'I13',
    'an order is decided once, takes all lines or none, gives back what is cancelled',
    model.orders.size,
    violations,
  );
}

export const checkPurchases: Check = evidence => [stock(evidence), conservation(evidence), decisions(evidence)];
