/** Rejections of orders as clients see them. */
import { problemFrom, type ProblemException, type ProblemTable } from '@foldline/service-kit';
import type { OrderRejection } from '../domain/order.rejections';

export const orderProblems = {
  'order-exists': { status: 409, title: 'The order exists already', cure: 'Read it instead.' },
  'unknown-buyer': {
    status: 409,
    title: 'This account is not known here yet',
    cure: 'Try again in a moment.',
    retryable: true,
  },
  'account-closed': { status: 401, title: 'The account is closed', cure: 'A closed account cannot buy.' },
  'product-not-known': { status: 409, title: 'A product is not known', cure: 'Check the product ids.' },
  'product-withdrawn': {
    status: 409,
    title: 'The product is withdrawn',
    cure: 'Leave it out of an order; to sell it again, list it as a new product.',
  },
  'mixed-currencies': { status: 409, title: 'One order is in one currency', cure: 'Place an order for each currency.' },
  'total-too-large': { status: 409, title: 'The total is too large', cure: 'Order less at once.' },
  'price-changed': {
    status: 409,
    title: 'The prices are not the ones expected',
    cure: 'Look at the total and place the order again.',
  },
  'unknown-order': { status: 404, title: 'There is no such order', cure: 'Check the id.' },
  'order-not-decided': {
    status: 409,
    title: 'The order is not decided yet',
    cure: 'Try again in a second.',
    retryable: true,
  },
  'order-rejected': {
    status: 409,
    title: 'The order was rejected',
    cure: 'Nothing was bought, so there is nothing to cancel.',
  },
} satisfies ProblemTable<OrderRejection['code']>;

export function orderProblem(rejection: OrderRejection): ProblemException {
  const { code, ...members } = rejection;
  const headers = code === 'order-not-decided' || code === 'unknown-buyer' ? { 'retry-after': '1' } : undefined;
  return problemFrom(orderProblems, code, { members, ...(headers && { headers }) });
}
