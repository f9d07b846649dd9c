/** Tries counted in this service's database, so that all replicas share one budget, also over a restart. */
import { createHash } from 'node:crypto';
import { Gathered, type Pool } from '@foldline/postgres';
import type { Limit, LimitCounter, Uses } from '@foldline/service-kit';
import { LRUCache } from 'lru-cache';

const SOME = 1000;
const MOST_REFUSED = 10_000;

/** Addresses and e-mail addresses are kept as hashes, for as long as their window. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

interface Row {
  readonly key: string;
  readonly uses: number;
  readonly ends_in_ms: number;
}

export class CountedTries {
  constructor(private readonly database: Pool) {}

  /** What is used up is remembered here until its window ends: a flood of tries asks the database once. */
  counter(limit: Limit): LimitCounter {
    const usedUp = new LRUCache<string, number>({ max: MOST_REFUSED });
    const gathered = new Gathered<string, Uses>(keys => this.count(limit, keys), { calls: 1, asks: 100 });
    return async key => {
      const endsAt = usedUp.get(key) ?? 0;
      if (endsAt > performance.now()) return { uses: limit.points + 1, endsInMs: endsAt - performance.now() };
      const counted = await gathered.ask(hashOf(key));
      if (counted.uses > limit.points) usedUp.set(key, performance.now() + counted.endsInMs);
      return counted;
    };
  }

  /** Removes windows that are over; `false` when there is more. */
  async purge(): Promise<boolean> {
    const { count } = await this.database.query(
      `delete from service.tries where (limit_name, key_hash) in (
         select limit_name, key_hash from service.tries where ends_at < now() limit ${SOME} for update skip locked)`,
    );
    return count < SOME;
  }

  /** Each try of a key in turn, and all in one statement; its rows in one order everywhere, or replicas would block each other. */
  private async count({ name, seconds }: Limit, keys: readonly string[]): Promise<Uses[]> {
    const times = new Map<string, number>();
    const turns = keys.map(key => (times.set(key, (times.get(key) ?? 0) + 1), times.get(key)!));
    const { rows } = await this.database.query<Row>(
      `insert into service.tries as t (limit_name, key_hash, uses, ends_at)
       select $1, decode(key, 'hex'), times, now() + make_interval(secs => $2)
         from unnest($3::text[], $4::int[]) as tried (key, times) order by key
       on conflict (limit_name, key_hash) do update set
         uses = case when t.ends_at > now() then least(t.uses, 1000000000) else 0 end + excluded.uses,
         ends_at = case when t.ends_at > now() then t.ends_at else excluded.ends_at end
       returning encode(key_hash, 'hex') as key, uses, (extract(epoch from ends_at - now()) * 1000)::float8 as ends_in_ms`,
      [name, seconds, [...times.keys()], [...times.values()]],
    );
    const counted = new Map(rows.map(row => [row.key, row]));
    return keys.map((key, i) => {
      const { uses, ends_in_ms: endsInMs } = counted.get(key)!;
      return { uses: uses - times.get(key)! + turns[i]!, endsInMs };
    });
  }
}
