/** A broker that is spoken to over TLS, and whose certificate may be wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, newAuthority, startOwnNats, type Certified } from '@foldline/testing';
import { NatsLink } from './nats-link';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'foldline-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const [right, other] = [newAuthority(), newAuthority('Another authority')];
const rightCa = file('ca.pem', right.cert);
const otherCa = file('other.pem', other.cert);

const brokerWith = ({ cert, key }: Certified) => {
  const tls = `tls { cert_file: ${JSON.stringify(file('cert.pem', cert))}, key_file: ${JSON.stringify(file('key.pem', key))} }`;
  return startOwnNats(
    ({ port, storeDir }) =>
      `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: ${JSON.stringify(storeDir)} }\n${tls}\n`,
  );
};

async function withLink(days: number, caFile: string | undefined, look: (link: NatsLink) => Promise<void>) {
  const broker = await brokerWith(right.certify(days));
  const link = new NatsLink({ servers: `tls://localhost:${broker.port}`, caFile, name: 'test' });
  try {
    await look(link);
  } finally {
    await link.stop();
    await broker.remove();
  }
}

it('one whose certificate the named authority signed is reached', () =>
  withLink(30, rightCa, async link => {
    await Promise.race([link.connection, eventually(() => expect(link.up).toBe(true))]);
    expect([link.up, link.trouble]).toEqual([true, undefined]);
  }));

it.each<[string, number, string | undefined, RegExp]>([
  ['signed by an authority that nobody named', 30, undefined, /NATS_CA_FILE/],
  ['signed by another authority than the named one', 30, otherCa, /NATS_CA_FILE/],
  ['that has expired', -1, rightCa, /expired.*new one/],
])('one with a certificate %s is not used, and what to do is told', (_, days, caFile, cure) =>
  withLink(days, caFile, async link => {
    await eventually(() => expect(link.trouble).toMatch(cure));
    expect([link.up, link.now]).toEqual([false, undefined]);
  }),
);
