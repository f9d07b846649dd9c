/** An order as a decider. */
import type { OrderEvent } from '@foldline/contracts';
import type { Decider } from '@foldline/decider';
import type { OrderCommand } from './order.commands';
import { decide } from './order.decide';
import { evolve } from './order.evolve';
import type { OrderRejection } from './order.rejections';
import { initial, type OrderState } from './order.state';

export const orderDecider: Decider<OrderCommand, OrderState, OrderEvent, OrderRejection> = { initial, decide, evolve };
