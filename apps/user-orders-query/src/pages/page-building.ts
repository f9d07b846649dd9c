/** Makes emptied pages again before anybody asks for them, a bounded chunk at a time, going round all users. */
import type { Pool } from '@foldline/postgres';
import { keepPages, type Offer } from './page-keeping';
import { pageTable } from './page-tables';

const CHUNK = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Makes a user's page from the rows of a generation; undefined where none can be kept. */
export type MakePage = (userId: string, generation: number) => Promise<string | undefined>;

export class PageBuilding {
  private after = FIRST;

  constructor(
    private readonly pool: Pool,
    private readonly generation: number,
    private readonly make: MakePage,
  ) {}

  /** The versions are read before the rows: what happens in between makes the page be refused. */
  async buildNextChunk(): Promise<{ readonly more: boolean; readonly built: number }> {
    const { rows } = await this.pool.query<{ user_id: string; version: number }>({
      name: `empty_pages_after_g${this.generation}`,
      text: `select user_id, version from ${pageTable(this.generation)}
        where body is null and user_id > $1 order by user_id limit ${CHUNK}`,
      values: [this.after],
    });
    const more = rows.length === CHUNK;
    this.after = more ? rows.at(-1)!.user_id : FIRST;
    const made = await Promise.all(
      rows.map(async ({ user_id, version }): Promise<Offer[]> => {
        const body = await this.make(user_id, this.generation);
        return body === undefined ? [] : [{ userId: user_id, version, body }];
      }),
    );
    const offers = made.flat();
    return { more, built: offers.length > 0 ? await keepPages(this.pool, this.generation, offers) : 0 };
  }
}
