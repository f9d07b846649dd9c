/** X.509 certificates (RFC 5280) of a test's own authority, for localhost. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const nameOf = (common: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(common)))));
const timeOf = (date: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2, 14)}Z`,
    ),
  );
const IS_AUTHORITY = sequence(
  oid('551d13'),
  der(0x01, Buffer.from([255])),
  der(0x04, sequence(der(0x01, Buffer.from([255])))),
);
const FOR_THIS_MACHINE = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from('localhost')))));

const pem = (kind: string, bytes: Buffer): string =>
  `-----BEGIN ${kind}-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${kind}-----\n`;

export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly cert: string;
  /** A server's certificate that ends in `days` days; negative is expired. */
  certify(days: number): Certified;
}

const DAY_MS = 86_400_000;

function certificate(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  signer: KeyObject,
  days: number,
  extension: Buffer,
) {
  const ends = Date.now() + days * DAY_MS;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(issuer),
    sequence(timeOf(new Date(Math.min(Date.now(), ends) - 30 * DAY_MS)), timeOf(new Date(ends))),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', content, { key: signer, dsaEncoding: 'der' });
  return pem('CERTIFICATE', sequence(content, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature)));
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function newAuthority(name = 'Test authority'): Authority {
  const own = newKeys();
  return {
    cert: certificate(name, name, own.publicKey, own.privateKey, 30, IS_AUTHORITY),
    certify: days => {
      const { publicKey, privateKey } = newKeys();
      return {
        cert: certificate('nats', name, publicKey, own.privateKey, days, FOR_THIS_MACHINE),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}
