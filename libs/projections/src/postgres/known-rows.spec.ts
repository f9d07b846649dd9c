import type { LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import { sampleProjection } from '../testing/sample-projection';
import { KnownRows } from './known-rows';

const nothing: RowsToLoad = { keys: new Map(), where: new Map() };
const asked = (...ids: string[]): Readonly<Record<string, RowsToLoad>> => ({
  ...Object.fromEntries(Object.keys(sampleProjection.tables).map(name => [name, nothing])),
  products: { keys: new Map(ids.map(id => [id, [id]])), where: new Map() },
});
const row = (productId: string, title = productId) => ({ productId, title });
const unknownOf = (known: KnownRows, ...ids: string[]): string[] => [
  ...known.split(asked(...ids)).unknown.products!.keys.keys(),
];
const loaded = (...rows: object[]) => ({ products: rows }) as LoadedRows;

it('knows what was loaded, also that it is not there', () => {
  const known = new KnownRows(sampleProjection);
  expect(unknownOf(known, 'a', 'b')).toEqual(['a', 'b']);
  known.remember(asked('a', 'b'), loaded(row('a')), {});
  expect(unknownOf(known, 'a', 'b', 'c')).toEqual(['c']);
  expect(known.split(asked('a', 'b', 'c')).known.products).toEqual([row('a')]);
});

it('knows what was written, also that it was deleted', () => {
  const known = new KnownRows(sampleProjection);
  const changed = { key: ['a'], before: row('a'), after: row('a', 'new') };
  const deleted = { key: ['b'], before: row('b'), after: undefined };
  known.remember(asked('a', 'b'), loaded(row('a'), row('b')), { products: [changed, deleted] });
  expect(unknownOf(known, 'a', 'b')).toEqual([]);
  expect(known.split(asked('a', 'b')).known.products).toEqual([row('a', 'new')]);
});

it('asks for rows by the value of a column, whatever it knows', () => {
  const known = new KnownRows(sampleProjection);
  known.remember(asked('a'), loaded(row('a')), {});
  const byTitle = { keys: new Map([['a', ['a']]]), where: new Map([['title', new Set(['a'])]]) };
  const { unknown } = known.split({ ...asked(), products: byTitle });
  expect(unknown.products).toEqual({ keys: new Map(), where: byTitle.where });
});

it('forgets what was not asked for lately', () => {
  const known = new KnownRows(sampleProjection);
  known.remember(asked('old'), loaded(row('old')), {});
  for (let i = 0; i < 2_000; i += 1) known.remember(asked(`p${i}`), loaded(), {});
  expect(unknownOf(known, 'old', 'p1999')).toEqual(['old']);
});
