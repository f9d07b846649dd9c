/** The two reads: what a user bought, and what a user ordered. */
import { Inject } from '@nestjs/common';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ordersBody, type CursorText } from './answers';
import { FreshReads, type FreshRead, type Unexplained } from './fresh-reads';
import { PurchaseAnswers } from './purchase-answers';
import type { Moment, ReadStore } from './read-store.port';
import { ReadUserOrders, ReadUserProducts, type Outcome, type Question } from './user-orders.queries';

export const READ_STORE = Symbol('what reads are answered from');
export const ORDERS_CURSOR = Symbol('how places in lists of orders are written');

type Answer = Moment & { readonly body: string; readonly tag?: string };

/** Who asks about themselves has signed up: where the read model does not know them, it is behind. */
const unknownSelf = ({ callerId }: Question, { user }: Moment): Unexplained | undefined =>
  user === null && callerId === null ? { log: 'users', showable: false } : undefined;

function outcomeOf({ callerId }: Question, read: FreshRead<Answer>): Outcome {
  if (read.kind !== 'shown') return read;
  const { user, caller, body, tag, positions } = read.shown;
  if ((callerId === null ? user : caller) === 'closed') return { kind: 'account-closed' };
  if (user === null) return { kind: 'unknown-user' };
  return { kind: 'answer', body, positions, ...(tag !== undefined && { tag }) };
}

@QueryHandler(ReadUserProducts)
export class ReadUserProductsHandler implements IQueryHandler<ReadUserProducts, Outcome> {
  constructor(
    private readonly reads: FreshReads,
    private readonly answers: PurchaseAnswers,
  ) {}

  /** A purchase may be known before its product: waited for, then shown without title, image and price. */
  async execute({ question }: ReadUserProducts): Promise<Outcome> {
    const { wanted, waitMs } = question;
    const read = await this.reads.read(
      wanted,
      waitMs,
      () => this.answers.answer(question),
      shown => unknownSelf(question, shown) ?? (shown.incomplete ? { log: 'products', showable: true } : undefined),
    );
    return outcomeOf(question, read);
  }
}

@QueryHandler(ReadUserOrders)
export class ReadUserOrdersHandler implements IQueryHandler<ReadUserOrders, Outcome> {
  constructor(
    private readonly reads: FreshReads,
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(ORDERS_CURSOR) private readonly cursor: CursorText,
  ) {}

  async execute({ question }: ReadUserOrders): Promise<Outcome> {
    const { wanted, waitMs } = question;
    const answer = async (): Promise<Answer> => {
      const list = await this.store.orders(question);
      return { ...list, body: ordersBody(question.userId, list, this.cursor) };
    };
    return outcomeOf(question, await this.reads.read(wanted, waitMs, answer, shown => unknownSelf(question, shown)));
  }
}
