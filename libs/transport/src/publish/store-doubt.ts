/**
 * Whether a stream can still store. When its files are deleted under a running server, the stream stays known, and the server
 * refuses to store in it, or never answers, until the stream is made anew or the server is restarted.
 */

/** So many failures in a row, with nothing stored in between: fewer may be bad luck. */
const ENOUGH = 3;

/** When it was made, and the number of its last message: a stream that stores, however slowly, moves on. */
export interface StreamPlace {
  readonly made: string;
  readonly last: number;
}

export class StoreDoubt {
  private place: StreamPlace | undefined;
  private failures = 0;

  /** The server was reached and did not store. A lost connection says nothing about the stream. */
  failed(): void {
    this.failures += 1;
  }

  stored(): void {
    this.failures = 0;
  }

  /** The stream as it is now: is it time to give it up? */
  cannotStore(now: StreamPlace): boolean {
    if (now.made !== this.place?.made || now.last !== this.place.last) this.failures = 0;
    this.place = now;
    return this.failures >= ENOUGH;
  }
}
