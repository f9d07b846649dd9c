/** Hostile bodies and queries at the kit: a problem that says the rule, and nothing reaches a handler. */
import { gzipSync } from 'node:zlib';
import { callOn, expectProblem, startKitApp, ThingsController, type Answer, type KitApp } from './kit-app';

const ID = '0190a1b2-0000-7000-8000-000000000001';
const json = { 'content-type': 'application/json' };
const line = { productId: ID, quantity: 1 };

let service: KitApp;
let call: ReturnType<typeof callOn>;
beforeAll(async () => {
  service = await startKitApp();
  call = callOn(service);
});
afterAll(() => service.stop());
beforeEach(() => (ThingsController.seen = []));

const send = (payload: string | Buffer | object, headers: Record<string, string> = json): Promise<Answer> =>
  call('POST', '/things', { payload, headers });

async function refused(answer: Promise<Answer>, status = 400, code?: string): Promise<Answer> {
  const given = await answer;
  expectProblem(given, status, code);
  expect(ThingsController.seen).toEqual([]);
  return given;
}

it('a right body reaches its handler as an object of its class', async () => {
  const answer = await send({ lines: [line], price: { amount: 1250, currency: 'EUR' }, title: 'Lamp' });
  expect(answer.status).toBe(201);
  expect(answer.body.body).toEqual({ lines: [line], price: { amount: 1250, currency: 'EUR' }, title: 'Lamp' });
});

it.each(['', ' ', 'null', '[]', '"x"', '123', 'true'])('%j is no body', body => refused(send(body)));

it.each(['{"lines":[', '{} {}', '{}x', '\ufeff{}', "{'a':1}", '{"a":NaN}', '{"a":01}', '{,}'])('%j is no JSON', body =>
  refused(send(body), 400, 'bad-request'),
);

it('bytes that are not UTF-8 are refused', () => refused(send(Buffer.from([0x7b, 0xff, 0x7d])), 400, 'bad-request'));

it('of a key that stands twice the last one counts', async () => {
  const answer = await send(
    `{"title":"first","title":"last","lines":[{"productId":"${ID}","quantity":1,"quantity":2}]}`,
  );
  expect(answer.body.body).toMatchObject({ title: 'last', lines: [{ quantity: 2 }] });
  ThingsController.seen = [];
  await refused(send(`{"lines":[{"productId":"${ID}","quantity":1,"quantity":-1}]}`));
});

it('unknown fields are named at any depth', async () => {
  const { body } = await refused(
    send({ lines: [{ ...line, ownerId: 1 }], isAdmin: true, 'a/b~c': 1, price: { amount: 1, currency: 'EUR', x: 1 } }),
    400,
    'invalid-request',
  );
  const pointers = body.errors.filter((e: { code: string }) => e.code === 'unknown-field');
  expect(pointers.map((e: { pointer: string }) => e.pointer).sort()).toEqual([
    '/a~1b~0c',
    '/isAdmin',
    '/lines/0/ownerId',
    '/price/x',
  ]);
});

it.each([
  `{"lines":[],"__proto__":{"polluted":1}}`,
  `{"lines":[{"constructor":{"prototype":{"polluted":1}}}]}`,
  `{"lines":[{"productId":"${ID}","quantity":1}],"price":{"amount":1,"currency":"EUR","toString":1}}`,
  `{"\\u005f_proto__":{"polluted":1}}`,
  `{"valueOf":1}`,
  `{"hasOwnProperty":1}`,
  `{"title":{"prototype":1}}`,
])('names that every object has are refused as keys: %s', async body => {
  await refused(send(body), 400, 'bad-request');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

it.each([
  '-1',
  '1.5',
  '"1"',
  '1e308',
  '1e999',
  '"NaN"',
  '9007199254740993',
  '9223372036854775808',
  '-0',
  'null',
  '[1]',
  '{}',
  'true',
])('the quantity %s is refused', async quantity => {
  const { body } = await refused(send(`{"lines":[{"productId":"${ID}","quantity":${quantity}}]}`));
  expect(body.errors[0].pointer).toBe('/lines/0/quantity');
});

it.each([
  { amount: 1.005 },
  { amount: 1e30 },
  { amount: '1' },
  { amount: -1 },
  { currency: 'eur' },
  { currency: 'EURO' },
])('the price %j is refused', price =>
  refused(send({ lines: [line], price: { amount: 1, currency: 'EUR', ...price } })),
);
it.each([null, [], 'free', 7])('the price %j is refused', price => refused(send({ lines: [line], price })));

it.each([null, {}, 'x', [], [null], [1], ['x'], [[]], [[line]], Array.from({ length: 51 }, () => line)])(
  'the lines %j are refused',
  lines => refused(send({ lines })),
);

it.each([
  ['nothing', ''],
  ['blanks', ' \t\u00a0\u2003'],
  ['what nobody sees', '\u200b\u200d\u2060'],
  ['U+0000', 'a\u0000b'],
  ['a lone surrogate', 'a\ud800'],
  ['a direction override', 'a\u202eb'],
  ['heaped marks', `a${'\u0301'.repeat(60)}`],
  ['too much', 'x'.repeat(201)],
  ['a number', 7],
  ['null', null],
])('a title of %s is refused', (_, title) => refused(send({ lines: [line], title })));

it('text is kept in one normal form, and other scripts and emoji are text', async () => {
  const answer = await send({ lines: [line], title: 'Cafe\u0301 चाय 👩‍🚀' });
  expect(answer.body.body.title).toBe('Caf\u00e9 चाय 👩‍🚀');
});

it.each([
  '',
  'nobody',
  'a@',
  '@b.de',
  'a@b',
  `${'a'.repeat(330)}@example.com`,
  'a@b.de\r\nBcc: c@d.de',
  'a b@c.de',
  '"a b"@c.de',
  'a@@b.de',
  7,
  null,
])('the e-mail %j is refused', email => refused(send({ lines: [line], email })));
it.each(['a+b@example.com', 'käse@bücher.example'])('the e-mail %j is taken', async email =>
  expect((await send({ lines: [line], email })).status).toBe(201),
);

it.each([
  'nope',
  '00000000-0000-0000-0000-000000000000',
  ID.toUpperCase(),
  `{${ID}}`,
  'x'.repeat(10_000),
  '../',
  null,
  1,
])('the id %j is refused', productId => refused(send({ lines: [{ productId, quantity: 1 }] })));

it('a million elements and ten thousand levels are refused at once', async () => {
  const started = performance.now();
  await refused(send(`{"lines":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 400, 'bad-request');
  await refused(send(`{"lines":${'{"a":'.repeat(10_000)}`), 400, 'bad-request');
  expect(performance.now() - started).toBeLessThan(100);
  await refused(send(`[${'1,'.repeat(1_000_000)}1]`), 413, 'body-too-large');
});

it('the largest body passes and one byte more does not', async () => {
  const body = (bytes: number): string => {
    const start = JSON.stringify({ lines: [line] }).slice(0, -1);
    return `${start}${' '.repeat(bytes - start.length - 1)}}`;
  };
  expect((await send(body(65_536))).status).toBe(201);
  ThingsController.seen = [];
  await refused(send(body(65_537)), 413, 'body-too-large');
});

it.each([
  ['compressed', gzipSync('{}'), { ...json, 'content-encoding': 'gzip' }],
  ['text', '{}', { 'content-type': 'text/plain' }],
  ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['UTF-16', '{}', { 'content-type': 'application/json; charset=utf-16' }],
  ['of no type', '{}', { 'content-type': '' }],
])('a body that is %s is refused', (_, body, headers) => refused(send(body, headers), 415, 'unsupported-media-type'));

it('a route that needs no body takes none, also with a content type', async () => {
  expect((await call('POST', `/things/${ID}/cancellation`)).status).toBe(201);
  expect((await call('POST', `/things/${ID}/cancellation`, { payload: '', headers: json })).status).toBe(201);
});

it('a change of nothing needs a body that says so', async () => {
  await refused(call('PATCH', `/things/${ID}`));
  expect((await call('PATCH', `/things/${ID}`, { payload: {}, headers: json })).status).toBe(200);
});

describe('a query', () => {
  it.each([
    'limit=-1',
    'limit=0',
    'limit=101',
    'limit=1000000000',
    'limit=1&limit=2',
    'limit[$gt]=1',
    'limit=1e1',
    'limit=%20',
    'limit=',
    'limit=1.0',
    'limit=+1',
    'limit=0x1',
    'q=',
    'q=a&q=b',
    'q=%00',
    'unknown=1',
    '__proto__=1',
    'constructor=1',
    'toString=1',
  ])('?%s is refused', query => refused(call('GET', `/things?${query}`)));
  it('is read, with its defaults', async () => {
    expect((await call('GET', '/things?limit=7&q=lamp')).body.query).toEqual({ limit: 7, q: 'lamp' });
    expect((await call('GET', '/things')).body.query).toEqual({ limit: 20 });
  });
});
