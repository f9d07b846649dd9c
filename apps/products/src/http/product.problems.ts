/** Rejections of products as clients see them. */
import { problemFrom, type ProblemException, type ProblemTable } from '@foldline/service-kit';
import type { ProductRejection } from '../domain/product.rejections';

export const productProblems = {
  'unknown-product': { status: 404, title: 'There is no such product', cure: 'Check the id.' },
  'product-withdrawn': {
    status: 409,
    title: 'The product is withdrawn',
    cure: 'Leave it out of an order; to sell it again, list it as a new product.',
  },
  'already-listed': { status: 409, title: 'The product exists already', cure: 'Read it first.' },
  'currency-fixed': {
    status: 409,
    title: "A product's currency never changes",
    cure: 'Send the price in the product’s currency, or list a new product.',
  },
  'too-much-stock': { status: 409, title: 'More stock than can be counted', cure: 'Receive less.' },
  'out-of-stock': { status: 409, title: 'Not enough stock', cure: 'Take less, or wait for stock.' },
} satisfies ProblemTable<ProductRejection['code']>;

export const productProblem = ({ code }: ProductRejection): ProblemException => problemFrom(productProblems, code);
