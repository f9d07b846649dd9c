/** Opaque page cursors that only this list can have given: signed, and bound to who asks for what. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { problem } from './problems/problem';

const VERSION = 1;
const SIGNATURE_BYTES = 16;

export class Cursors {
  constructor(private readonly secret: string) {}

  /** `scope` names the list: route, user and query; a cursor of another scope is refused. */
  encode(scope: string, place: readonly (string | number)[]): string {
    const payload = Buffer.from(JSON.stringify([VERSION, ...place]));
    return Buffer.concat([this.sign(scope, payload), payload]).toString('base64url');
  }

  /** The place a cursor stands for. Throws `invalid-cursor`. */
  decode(scope: string, cursor: string): (string | number)[] {
    if (!/^[A-Za-z0-9_-]{24,1000}$/.test(cursor)) throw problem('invalid-cursor');
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(SIGNATURE_BYTES);
    if (
      bytes.toString('base64url') !== cursor ||
      !timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), this.sign(scope, payload))
    )
      throw problem('invalid-cursor');
    const [version, ...place] = JSON.parse(payload.toString()) as (string | number)[];
    if (version !== VERSION) throw problem('invalid-cursor');
    return place;
  }

  private sign(scope: string, payload: Buffer): Buffer {
    return createHmac('sha256', this.secret).update(`${scope}\n`).update(payload).digest().subarray(0, SIGNATURE_BYTES);
  }
}
