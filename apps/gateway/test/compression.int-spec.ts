/** Compression at the gateway, over real sockets: what is compressed, for whom, and what its tags are. */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { codingFor } from '../src/compression';
import { GatewayApp, type Behaviour } from './gateway-app';

let gateway: GatewayApp;
beforeAll(async () => (gateway = await GatewayApp.start({ CORS_ORIGINS: 'http://shop.example' })));
afterAll(() => gateway.close());

const LONG = JSON.stringify({ items: Array.from({ length: 200 }, (_, i) => ({ title: `Thing ${i}` })) });
const answering =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Behaviour =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', etag: '"7"', ...headers });
    response.end(body);
  };

interface Raw {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
}
/** As the bytes came: `fetch` would undo the coding. */
const raw = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> =>
  new Promise((done, failed) => {
    const sent = request(gateway.url + path, { method, headers }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', failed);
      answer.on('end', () =>
        done({ status: answer.statusCode!, headers: answer.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', failed).end();
  });

it.each([
  ['br', 'gzip, deflate, br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['gzip', 'br;q=0.1, gzip;q=0.5', gunzipSync],
  ['br', '*', brotliDecompressSync],
])('a long answer comes as %s to who says %s, with a tag of its own', async (coding, accepted, decoded) => {
  gateway.behave = answering(LONG, { vary: 'consistency-token' });
  const { headers, bytes } = await raw('/products', { 'accept-encoding': accepted });
  expect(decoded(bytes).toString()).toBe(LONG);
  expect(bytes.length).toBeLessThan(LONG.length / 4);
  expect(headers).toMatchObject({ 'content-encoding': coding, etag: `"7--${coding}"` });
  expect(headers['vary']).toBe('consistency-token, accept-encoding, origin');
  expect(headers['content-length']).toBeUndefined();
});

it.each([undefined, 'identity', 'br;q=0, gzip;q=0', 'deflate, zstd', ''])(
  'to who says %j it comes as it is, and caches are told that there are others',
  async accepted => {
    gateway.behave = answering(LONG);
    const { headers, bytes } = await raw('/products', accepted === undefined ? {} : { 'accept-encoding': accepted });
    expect(bytes.toString()).toBe(LONG);
    expect([headers['content-encoding'], headers['etag'], headers['vary']]).toEqual([
      undefined,
      '"7"',
      'accept-encoding, origin',
    ]);
  },
);

it.each([
  ['short', answering('{}', { 'content-length': '2' })],
  ['a picture of pixels', answering(Buffer.alloc(5000), { 'content-type': 'image/png', 'content-length': '5000' })],
  ['compressed already', answering(LONG, { 'content-encoding': 'gzip' })],
  ['an error', answering(LONG, {}, 404)],
])('what is %s is passed on as it is', async (_, behave) => {
  gateway.behave = behave;
  const { headers, bytes } = await raw('/products', { 'accept-encoding': 'gzip, br' });
  expect(headers['etag']).toBe('"7"');
  expect([2, 5000, LONG.length]).toContain(bytes.length);
});

it('the answer to a change, which may hold a token, is not compressed', async () => {
  gateway.behave = answering(LONG, {}, 201);
  const { headers } = await raw('/sessions', { 'accept-encoding': 'gzip' }, 'POST');
  expect(headers['content-encoding']).toBeUndefined();
});

it('a tag of a compressed answer comes to the service as the one it gave, and back as the client has it', async () => {
  gateway.behave = (seen, response) => {
    const known = seen.headers['if-none-match']?.includes('"7"');
    response.writeHead(known ? 304 : 200, { 'content-type': 'application/json', etag: '"7"' });
    response.end(known ? undefined : LONG);
  };
  const first = await raw('/products', { 'accept-encoding': 'br' });
  const again = await raw('/products', { 'accept-encoding': 'br', 'if-none-match': String(first.headers['etag']) });
  expect(gateway.last.headers['if-none-match']).toBe('"7"');
  expect([again.status, again.headers['etag'], again.bytes.length]).toEqual([304, '"7--br"', 0]);
  const plain = await raw('/products', { 'if-none-match': '"7"' });
  expect([plain.status, plain.headers['etag']]).toEqual([304, '"7"']);
  await raw('/products/0190a1b2-0000-7000-8000-000000000001', { 'if-match': '"7--gzip"' }, 'PATCH');
  expect(gateway.last.headers['if-match']).toBe('"7"');
});

it('bytes come while the rest is still being written', async () => {
  let finish = (): void => undefined;
  gateway.behave = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    // More than a compressor holds back.
    for (let i = 0; i < 4000; i += 1) response.write(`"${Math.random()}${Math.random()}${Math.random()}",`);
    finish = () => response.end();
  };
  const coded = await new Promise<number>((done, failed) => {
    const sent = request(`${gateway.url}/products`, { headers: { 'accept-encoding': 'gzip' } }, answer => {
      answer.once('data', (chunk: Buffer) => {
        done(chunk.length);
        finish();
      });
      answer.resume();
    });
    sent.on('error', failed).end();
  });
  expect(coded).toBeGreaterThan(0);
});

const breaksOff = (text: string) => {
  gateway.behave = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length, etag: '"half"' });
    response.write(text.slice(0, 2000), () => setTimeout(() => response.destroy(), 50));
  };
};

it.each(['gzip', 'identity'])('a large answer that breaks off behind breaks off for the client (%s)', async coding => {
  breaksOff(LONG.repeat(20));
  await expect(raw('/products', { 'accept-encoding': coding })).rejects.toThrow();
});

it.each(['gzip', 'identity'])('a small answer that breaks off behind was not answered at all (%s)', async coding => {
  breaksOff(LONG);
  const { status, headers } = await raw('/products', { 'accept-encoding': coding });
  expect([status, headers['etag'], headers['content-type']]).toEqual([
    502,
    undefined,
    'application/problem+json; charset=utf-8',
  ]);
});

it('drawings and pages are compressed as well, and kept with a tag', async () => {
  const drawing = await raw('/images/enamel-mug.svg', { 'accept-encoding': 'br' });
  expect(drawing.headers).toMatchObject({ 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=3600' });
  const page = await raw('/openapi.json', { 'accept-encoding': 'br' });
  expect(page.headers).toMatchObject({ 'content-encoding': 'br', 'cache-control': 'no-cache' });
  const same = await raw('/openapi.json', { 'accept-encoding': 'br', 'if-none-match': String(page.headers['etag']) });
  expect([same.status, same.headers['etag']]).toEqual([304, page.headers['etag']]);
});

it('the client says which coding it would rather have', () => {
  expect(codingFor('gzip, br')).toBe('br');
  expect(codingFor('GZIP;q=1.0, br;q=0.9')).toBe('gzip');
  expect(codingFor('br;q=0, *')).toBe('gzip');
  expect(codingFor('br;q=x')).toBeUndefined();
  expect(codingFor('identity, *;q=0')).toBeUndefined();
});
