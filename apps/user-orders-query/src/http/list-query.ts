/** `?limit&cursor` of a user's list. Read by hand: on this route a validation framework would cost more than the answer. */
import { problem, type Cursors, type FieldError } from '@foldline/service-kit';
import { READY_LIMIT } from '../pages/ready-pages';
import type { After } from '../query/read-store.port';

/** The list a cursor belongs to: one list's cursor is refused by another, and one user's by another. */
export const cursorScope = (list: 'products' | 'orders', userId: string): string => `users/${userId}/${list}`;

export const placeOf = ({ at, id }: After): readonly string[] => [at, id];

const LIMIT = /^([1-9][0-9]?|100)$/;

const refuse = (pointer: string, code: string, message: string): FieldError => ({ pointer, code, message });

export interface ListQuery {
  readonly limit: number;
  readonly after: After | null;
}

/** Throws `invalid-request` or `invalid-cursor`. */
export function readListQuery(query: unknown, cursors: Cursors, scope: string): ListQuery {
  const errors: FieldError[] = [];
  let [limit, after]: [number, After | null] = [READY_LIMIT, null];
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (name === 'limit' && typeof value === 'string' && LIMIT.test(value)) limit = Number(value);
    else if (name === 'limit') errors.push(refuse('/limit', 'is-int', 'must be a whole number from 1 to 100'));
    else if (name === 'cursor' && typeof value === 'string') {
      const [at, id] = cursors.decode(scope, value);
      after = { at: String(at), id: String(id) };
    } else if (name === 'cursor') errors.push(refuse('/cursor', 'is-string', 'must be given once'));
    else errors.push(refuse(`/${name.slice(0, 100)}`, 'unknown-field', 'is not known here'));
  }
  if (errors.length > 0) throw problem('invalid-request', { errors });
  return { limit, after };
}
