/** TLS to the broker: a service speaks to the one whose certificate its CA file vouches for, and to no other. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startOwnNats, type OwnServer } from '@foldline/testing';
import { NatsLink } from './nats-link';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'foldline-tls-'));
const file = (name: string): string => join(folder, name);
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
const key = (name: string): string[] => [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  `${name}.key`,
];

function makeAuthority(name: string): void {
  openssl('req', '-x509', ...key(name), '-out', `${name}.pem`, '-days', '30', '-subj', `/CN=${name}`);
}
function makeServer(name: string, days: number, host = 'DNS:localhost'): void {
  openssl('req', ...key(name), '-out', `${name}.csr`, '-subj', '/CN=broker');
  writeFileSync(file(`${name}.ext`), `subjectAltName=${host}\n`);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', String(days), '-out', `${name}.pem`);
}

beforeAll(() => {
  makeAuthority('ca');
  makeAuthority('other');
  makeServer('good', 30);
  makeServer('expired', -1);
  makeServer('elsewhere', 30, 'DNS:elsewhere.example');
});
afterAll(() => rmSync(folder, { recursive: true }));

const brokerWith = (name: string): Promise<OwnServer> =>
  startOwnNats(
    ({ port, storeDir }) => `
      listen: 127.0.0.1:${port}
      jetstream { store_dir: ${JSON.stringify(storeDir)} }
      tls { cert_file: ${JSON.stringify(file(`${name}.pem`))}, key_file: ${JSON.stringify(file(`${name}.key`))} }`,
  );

/** Whether a link came up within two seconds; a good one takes a few milliseconds. By name: of an address in numbers the client checks nothing that a certificate could say. */
async function reaches(nats: OwnServer, caFile?: string): Promise<boolean> {
  const servers = nats.url.replace('nats://127.0.0.1', 'tls://localhost');
  const link = new NatsLink({ servers, name: 'test', ...(caFile && { caFile }) });
  try {
    return await Promise.race([link.connection.then(() => true), pause(2000, false, { ref: false })]);
  } finally {
    await link.stop();
  }
}

it('the right certificate is taken, and only by who has its authority', async () => {
  const nats = await brokerWith('good');
  expect(await reaches(nats, file('ca.pem'))).toBe(true);
  expect(await reaches(nats, file('other.pem'))).toBe(false);
  expect(await reaches(nats)).toBe(false);
  await nats.remove();
});

it.each(['expired', 'elsewhere'])('a certificate that is %s is refused', async name => {
  const nats = await brokerWith(name);
  expect(await reaches(nats, file('ca.pem'))).toBe(false);
  await nats.remove();
});

it('a CA file that is not there ends the start by its name', () => {
  expect(() => new NatsLink({ servers: 'tls://127.0.0.1:1', name: 'test', caFile: file('none.pem') })).toThrow(
    /none\.pem/,
  );
});
