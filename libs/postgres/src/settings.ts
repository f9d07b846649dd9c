/** Small values a service keeps in its own database across restarts and shares with its replicas. */
import type { Queryable } from './queryable';

export class Settings {
  constructor(private readonly database: Queryable) {}

  async get<Value>(name: string): Promise<Value | undefined> {
    const { rows } = await this.database.query<{ value: Value }>('select value from service.settings where name = $1', [
      name,
    ]);
    return rows[0]?.value;
  }

  async put(name: string, value: unknown): Promise<void> {
    await this.database.query(
      `insert into service.settings (name, value) values ($1, $2)
       on conflict (name) do update set value = excluded.value, changed_at = now()`,
      [name, JSON.stringify(value)],
    );
  }

  /** What is stored afterwards: of several replicas that start at once, the first one's value counts for all. */
  async putIfAbsent<Value>(name: string, value: Value): Promise<Value> {
    await this.database.query(
      'insert into service.settings (name, value) values ($1, $2) on conflict (name) do nothing',
      [name, JSON.stringify(value)],
    );
    return (await this.get<Value>(name))!;
  }
}
