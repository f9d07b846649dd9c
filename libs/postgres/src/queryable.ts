/** The narrow face of a database session that the rest of the code sees, so that no other library depends on the driver. */

export interface Rows<Row> {
  readonly rows: Row[];
  /** Rows written or returned. */
  readonly count: number;
}

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Named statements are parsed and planned once per session. One name, one text. */
  readonly name?: string;
  /** Rows as arrays of columns: cheaper for bulk reads. */
  readonly asArrays?: boolean;
}

/** `bigint` comes back as a number, `timestamptz` as RFC 3339 text in UTC with milliseconds, `json` and `jsonb` parsed. */
export interface Queryable {
  query<Row = Record<string, unknown>>(statement: string | Statement, values?: readonly unknown[]): Promise<Rows<Row>>;
}
