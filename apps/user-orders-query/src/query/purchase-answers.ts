/** Answers about purchases: a ready page where there is one, else from rows, and then offered as a page. */
import { READY_LIMIT, type ReadyPages } from '../pages/ready-pages';
import { purchasesBody, type CursorText } from './answers';
import type { ListAsked, Moment, PurchaseList, ReadStore } from './read-store.port';

export type PurchaseAnswer = Moment & {
  readonly body: string;
  /** The body's entity tag, where it is known already. */
  readonly tag?: string;
  readonly incomplete: boolean;
};

const START = { limit: READY_LIMIT, after: null };

export class PurchaseAnswers {
  /** Without `pages` every answer comes from rows, and is the same. */
  constructor(
    private readonly store: ReadStore,
    private readonly cursor: CursorText,
    private readonly pages?: ReadyPages,
  ) {}

  async answer(asked: ListAsked): Promise<PurchaseAnswer> {
    const { pages } = this;
    const ready = asked.callerId === null && asked.after === null && asked.limit === READY_LIMIT;
    if (!pages || !ready) return this.fromRows(asked, await this.store.purchases(asked));
    const found = await pages.find(asked.userId);
    const { generation, positions, body, tag } = found;
    if (body !== null)
      return { generation, positions, user: 'open', caller: null, incomplete: false, body, ...(tag && { tag }) };
    const list = await this.store.purchases(asked);
    const page = this.pageOf(asked.userId, list, found.generation);
    if (page !== undefined) pages.offer(asked.userId, found, page);
    return this.fromRows(asked, list, page);
  }

  /** For whoever builds pages ahead of readers; undefined where the rows are of another generation, or make no page. */
  readonly page = async (userId: string, generation: number): Promise<string | undefined> =>
    this.pageOf(userId, await this.store.purchases({ userId, callerId: null, ...START }), generation);

  private pageOf(userId: string, list: PurchaseList, generation: number): string | undefined {
    if (list.incomplete || list.user !== 'open' || list.generation !== generation) return undefined;
    return purchasesBody(userId, list, this.cursor);
  }

  private fromRows(
    { userId }: ListAsked,
    list: PurchaseList,
    body = purchasesBody(userId, list, this.cursor),
  ): PurchaseAnswer {
    const { generation, positions, user, caller, incomplete } = list;
    return { generation, positions, user, caller, incomplete, body };
  }
}
