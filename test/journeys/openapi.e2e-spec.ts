/** The documentation is what the services say of themselves, and its examples work. `UPDATE_OPENAPI=1` writes it anew. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SERVICES } from '@foldline/contracts';
import Ajv from 'ajv';
import { buy, callOn, newPerson, newProduct, signIn, type Caller, type Person } from './client';
import { Shop, type RunFile, type ServiceName } from './shop';

jest.setTimeout(180_000);

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, unknown>;
}
interface Document {
  readonly openapi: string;
  readonly info: Record<string, unknown>;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema>; readonly securitySchemes: object };
  readonly 'x-problems': Record<string, object>;
}
interface Published {
  readonly subject: string;
  readonly headers: Record<string, string>;
  readonly event: { readonly type: string };
}
interface Schema {
  readonly type?: string;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly example?: unknown;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
}

const FILE = resolve(__dirname, '../../apps/gateway/assets/openapi.json');
let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let person: Person;
let document: Document;

beforeAll(async () => {
  shop = await Shop.create({ REQUESTS_PER_ADDRESS: '1000000' });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  person = await newPerson(call);
  document = await merged();
});
afterAll(() => shop.remove());

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

async function merged(): Promise<Document> {
  const documents: Document[] = [];
  for (const { program } of SERVICES)
    documents.push((await callOn(run.services[program as ServiceName].url)('GET', '/openapi.json')).body as Document);
  const [first] = documents;
  const all = <T>(part: (document: Document) => Record<string, T>): Record<string, T> =>
    sorted(Object.assign({}, ...documents.map(part)) as Record<string, T>);
  return {
    openapi: first!.openapi,
    info: { ...first!.info, title: 'Foldline' },
    paths: all(({ paths }) => paths),
    components: { ...first!.components, schemas: all(({ components }) => components.schemas ?? {}) },
    'x-problems': all(document_ => document_['x-problems']),
  };
}

it('the gateway serves what the services say of themselves', async () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (process.env.UPDATE_OPENAPI === '1') {
    await writeFile(FILE, text);
    execFileSync(process.execPath, [resolve(__dirname, '../../libs/client/generate.mjs')]);
  }
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(JSON.parse(text));
  expect((await call('GET', '/openapi.json')).body.openapi).toBe('3.1.0');
});

const resolved = (schema: Schema): Schema =>
  schema.$ref
    ? document.components.schemas[schema.$ref.split('/').at(-1)!]!
    : schema.allOf
      ? resolved(schema.allOf[0]!)
      : schema;

/** The object that the examples of a schema's fields make. */
function exampleOf(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  const { type, properties = {}, required = [], items } = resolved(schema);
  if (resolved(schema).example !== undefined) return resolved(schema).example;
  if (type === 'array' && items) return [exampleOf(items)];
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name, field]) => required.includes(name) || field.example !== undefined)
      .map(([name, field]) => [name, exampleOf(field)]),
  );
}

/** A session of somebody else, whom nothing below minds being signed out. */
async function newSession(): Promise<{ accessToken: string; refreshToken: string }> {
  const { email, password } = await newPerson(call);
  return (await call('POST', '/sessions', { body: { email, password } })).body;
}

it('every operation works as its examples say', async () => {
  const product = await newProduct(call, admin);
  const spare = await newProduct(call, admin);
  const order = await call('POST', '/orders', {
    token: person.token,
    body: { items: [{ productId: product, quantity: 1 }] },
    headers: { prefer: 'wait=10' },
  });
  const ids: Record<string, string> = { '/users': person.id, '/products': product, '/orders': order.body.id };
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    // What ends something comes last.
    .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
  expect(operations.length).toBeGreaterThanOrEqual(16);
  for (const { path, method, operation } of operations) {
    const content = operation.requestBody?.content['application/json'];
    const body = content ? (exampleOf(content.schema) as Record<string, unknown>) : undefined;
    if (path === '/orders' && body) body['items'] = [{ productId: spare, quantity: 2 }];
    if (method === 'POST' && path === '/sessions')
      Object.assign(body!, { email: person.email, password: person.password });
    const session = path.startsWith('/sessions') ? await newSession() : undefined;
    if (body && 'refreshToken' in body) body['refreshToken'] = session!.refreshToken;
    if (path === '/users/me/password')
      Object.assign(body!, { currentPassword: person.password, newPassword: person.password });
    const collection = `/${path.split('/')[1]}`;
    const url = path.replace('{id}', ids[collection] ?? '');
    const token = session?.accessToken ?? (collection === '/products' || path.endsWith('/role') ? admin : person.token);
    const headers: Record<string, string> = { prefer: 'wait=10' };
    if (method === 'PATCH' && collection === '/products') headers['if-match'] = '*';
    const answer = await call(method, url, { token, headers, ...(body && { body }) });
    expect(`${method} ${path} ${answer.status} ${answer.status >= 400 ? answer.text : ''}`).toBe(
      `${method} ${path} ${Object.keys(operation.responses).find(status => status === String(answer.status)) ?? 'undocumented'} `,
    );
  }
});

it('every event that was published is as the AsyncAPI document says', async () => {
  const scarce = await newProduct(call, admin, { stock: 1 });
  const buyer = await newPerson(call);
  expect((await buy(call, buyer.token, [{ productId: scarce, quantity: 2 }])).body.status).toBe('rejected');
  const reprice = { token: admin, headers: { 'if-match': '*' }, body: { price: { amount: 999, currency: 'EUR' } } };
  expect((await call('PATCH', `/products/${scarce}`, reprice)).status).toBe(200);
  const { body: events } = await call('GET', '/asyncapi.json');
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'events', components: events.components });
  const known = Object.keys(events.components.schemas.CloudEvent.properties);
  const seen = new Set<string>();
  const reader = [resolve(__dirname, 'published.cjs'), run.nats.url, join(shop.dataDir, 'secrets.json')];
  const printed = execFileSync(process.execPath, reader, { encoding: 'utf8' }).trim().split('\n');
  for (const { subject, headers, event } of printed.map(line => JSON.parse(line) as Published)) {
    const [, type] = /\.([A-Za-z]+)$/.exec(subject)!;
    const { address, messages } = events.channels[type!];
    expect(address).toBe(subject);
    const name = Object.keys(messages).find(version => event.type.endsWith(`.${version}`))!;
    const valid = ajv.validate({ $ref: `events#/components/messages/${name}/payload` }, event);
    expect([name, valid, ajv.errorsText()]).toEqual([name, true, 'No errors']);
    expect(ajv.validate({ $ref: 'events#/components/schemas/MessageHeaders' }, headers)).toBe(true);
    for (const attribute of Object.keys(event)) expect(known).toContain(attribute);
    seen.add(type!);
  }
  expect([...seen].sort()).toEqual(Object.keys(events.channels).sort());
});

it('every problem has a page that says what to do', async () => {
  for (const code of Object.keys(document['x-problems'])) {
    const page = await call('GET', `/problems/${code}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('What to do:');
  }
  expect((await call('GET', '/docs')).text).toContain('swagger-ui');
  expect((await call('GET', '/images/enamel-mug.svg')).headers.get('content-type')).toContain('image/svg+xml');
});
