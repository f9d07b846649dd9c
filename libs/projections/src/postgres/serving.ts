/** Reads that take the pointer and the rows in one snapshot, so that no answer is ever of two generations. */
import { quoteText, sqlStateOf, type Queryable } from '@foldline/postgres';

/** The serving generation as a scalar for the statement that reads the rows. */
export const servingSql = (projection: string): string =>
  `(select serving from read.projections where name = ${quoteText(projection)})`;

const UNDEFINED_TABLE = '42P01';

export class ServingGeneration {
  private known?: number;

  constructor(
    private readonly session: Queryable,
    private readonly projection: string,
  ) {}

  /**
   * `read` runs ONE statement on the tables of the generation it is given, with `servingSql` among its columns, and tells
   * which generation that snapshot saw serving; when it was another one, the answer is thrown away and read again there.
   */
  async read<T>(read: (generation: number) => Promise<{ readonly serving: number; readonly result: T }>): Promise<T> {
    for (;;) {
      const generation = (this.known ??= await this.lookUp());
      try {
        const { serving, result } = await read(generation);
        if (serving === generation) return result;
        this.known = serving;
      } catch (error) {
        // Dropped since: look again, unless it is still the one that serves.
        if (sqlStateOf(error) !== UNDEFINED_TABLE || (await this.lookUp()) === generation) throw error;
        this.known = undefined;
      }
    }
  }

  private async lookUp(): Promise<number> {
    const { rows } = await this.session.query<{ serving: number }>(
      'select serving from read.projections where name = $1',
      [this.projection],
    );
    if (!rows[0])
      throw new Error(`projection ${this.projection} has no generation yet: start the service that keeps it`);
    return rows[0].serving;
  }
}
