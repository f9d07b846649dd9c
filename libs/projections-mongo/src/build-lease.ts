/** The right to build the next generation: one process at a time, renewed while it works, free again when it is gone. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { BuildInProgressError } from '@foldline/projections';
import type { Mongo } from './connection';
import { movePointer, readPointer } from './pointer';
import { DURABLE, records, type Builder } from './records';

const LEASE_MS = 15_000;
const RENEW_MS = 3_000;

const later = (): Date => new Date(Date.now() + LEASE_MS);
const timeOf = (date: Date): string => date.toISOString().replace('T', ' ').replace(/\..*/, ' UTC');

/** Killed on this machine: nobody needs to wait for the end of its time. */
function isGone({ host, pid, until }: Builder): boolean {
  if (until.getTime() < Date.now()) return true;
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

export class BuildLease {
  private readonly renewal: NodeJS.Timeout;

  private constructor(
    private readonly mongo: Mongo,
    private readonly projection: string,
    readonly id: string,
  ) {
    this.renewal = setInterval(() => {
      this.pointer()
        .updateOne(this.mine, { $set: { 'builder.until': later() } }, DURABLE)
        // A store that cannot be reached: the next write says so.
        .catch(() => undefined);
    }, RENEW_MS);
  }

  /** Rejects with BuildInProgressError, which names who has it. */
  static async take(mongo: Mongo, projection: string): Promise<BuildLease> {
    for (;;) {
      const pointer = await readPointer(mongo.db, projection);
      const { builder } = pointer;
      if (builder && !isGone(builder))
        throw new BuildInProgressError(
          `${projection} is being rebuilt by ${builder.name}, since ${timeOf(builder.since)}: wait for it, or stop it first. ` +
            `If it was killed, its right ends at ${timeOf(builder.until)}.`,
        );
      const id = randomUUID();
      const mine = { id, name: mongo.name, host: hostname(), pid: process.pid, since: new Date(), until: later() };
      if (await movePointer(mongo.db, pointer, { builder: mine })) return new BuildLease(mongo, projection, id);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.renewal);
    await this.pointer().updateOne(this.mine, { $set: { builder: null } }, DURABLE);
  }

  private get mine() {
    return { _id: this.projection, 'builder.id': this.id };
  }

  private pointer() {
    return records(this.mongo.db).projections;
  }
}
