/** A product as a decider. */
import type { ProductEvent } from '@foldline/contracts';
import type { Decider } from '@foldline/decider';
import type { ProductCommand } from './product.commands';
import { decide } from './product.decide';
import { evolve } from './product.evolve';
import type { ProductRejection } from './product.rejections';
import { initial, type ProductState } from './product.state';

export const productDecider: Decider<ProductCommand, ProductState, ProductEvent, ProductRejection> = {
  initial,
  decide,
  evolve,
};
