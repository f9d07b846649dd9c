/** No kind of problem without its page: the tables of all services against the document that the pages are made from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
type Kinds = Record<string, { status: number; title: string; cure: string }>;

const tables = ['apps', 'libs/service-kit/src']
  .flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => `${folder}/${name}`),
  )
  .filter(name => /problems\.ts$/.test(name));
const documented = (
  JSON.parse(readFileSync(join(ROOT, 'apps/gateway/assets/openapi.json'), 'utf8')) as { 'x-problems': Kinds }
)['x-problems'];

it.each(tables)('every code of %s has one meaning, and a page that says what happened and what to do', file => {
  const exported = Object.values(require(join(ROOT, file)) as Record<string, Kinds>);
  const kinds = exported.find(value => Object.values(value).some(kind => 'cure' in kind)) ?? {};
  for (const [code, kind] of Object.entries(kinds)) {
    expect([code, documented[code]]).toEqual([code, JSON.parse(JSON.stringify(kind))]);
    for (const text of [kind.title, kind.cure]) expect(text.length).toBeGreaterThan(5);
  }
});

it('finds the tables of all services', () => {
  expect(tables.length).toBeGreaterThanOrEqual(5);
});

it('no call takes a date or a time, so none can be wrong', () => {
  const { paths, components } = JSON.parse(readFileSync(join(ROOT, 'apps/gateway/assets/openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, { parameters?: unknown; requestBody?: unknown }>>;
    components: { schemas: Record<string, unknown> };
  };
  const operations = Object.values(paths).flatMap(methods => Object.values(methods));
  const asked = JSON.stringify(operations.map(({ parameters, requestBody }) => ({ parameters, requestBody })));
  const used = [...asked.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => components.schemas[name!]);
  expect(used.length).toBeGreaterThan(5);
  expect(asked + JSON.stringify(used)).not.toMatch(/"format":"(date|time)/);
});
