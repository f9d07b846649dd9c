import type { LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import { sampleProjection } from '../testing/sample-projection';
import { KnownRows } from './known-rows';

const nothing: RowsToLoad = { keys: new Map(), where: new Map() };
const asked = (...ids: string[]): Readonly<Record<string, RowsToLoad>> => ({
  ...Object.fromEntries(Object.keys(sampleProjection.tables).map(name => [name, nothing])),
  products: { keys: new Map(ids.map(id => [id, [id]])), where: new Map() },
});
const row = (productId: string, title = productId) => ({
  productId,
  title,
  price: 1,
  received: 0,
  listed: true,
  recordedAt: '2026-03-01T09:08:07.060Z',
  detail: null,
  version: 1,
});
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

it('gives a row as it would be read, or loads it', () => {
  const known = new KnownRows(sampleProjection);
  const put = { ...row('a'), title: undefined, detail: { category: 'c', images: undefined } };
  const rounded = { ...row('b'), recordedAt: '2026-03-01T09:08:07.0605Z' };
  const changes = [put, rounded].map(after => ({ key: [after.productId], before: undefined, after }));
  known.remember(asked('a', 'b'), loaded(), { products: changes });
  expect(known.split(asked('a', 'b')).known.products).toStrictEqual([
    { ...row('a'), title: null, detail: { category: 'c' } },
  ]);
  expect(unknownOf(known, 'a', 'b')).toEqual(['b']);
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
