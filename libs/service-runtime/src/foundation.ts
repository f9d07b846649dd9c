/** What every service with a database stands on: its store, its way to the broker, its keys to check tokens with. */
import { randomBytes } from 'node:crypto';
import {
  assertMigrated,
  assertOwnSessions,
  connectPool,
  missingSafeguards,
  serviceMigrations,
  Settings,
  type MigrationSet,
  type Pool,
} from '@foldline/postgres';
import {
  AccessTokens,
  Cursors,
  KeyRing,
  type CommonConfig,
  type ConfigOf,
  type Kit,
  type KeySource,
  type storeSettings,
} from '@foldline/service-kit';
import { NatsLink, requestKeys, type NatsSettings } from '@foldline/transport';

export type ServiceConfig = CommonConfig & ConfigOf<typeof storeSettings>;

export interface Foundation {
  readonly pool: Pool;
  readonly settings: Settings;
  readonly link: NatsLink;
  readonly nats: NatsSettings;
  readonly keys: KeyRing;
  readonly tokens: AccessTokens;
  readonly cursors: Cursors;
}

const KNOWN_KEYS = 'known-jwks';
const CURSOR_SECRET = 'cursor-secret';

const requestKeysByHttp =
  (usersUrl: string): KeySource =>
  async () => {
    const response = await fetch(`${usersUrl}/.well-known/jwks.json`, { signal: AbortSignal.timeout(2000) });
    return ((await response.json()) as { keys: Awaited<ReturnType<KeySource>> }).keys;
  };

/** Fails when the database cannot be reached or is not of this build; a broker that is down is waited for behind. */
export async function openFoundation(
  config: ServiceConfig,
  kit: Kit,
  sets: readonly MigrationSet[],
): Promise<Foundation> {
  const pool = connectPool({ url: config.DATABASE_URL, name: kit.service, max: 6 });
  kit.shutdown.on('stores', () => pool.end());
  await assertOwnSessions({ url: config.DATABASE_URL, name: kit.service });
  for (const set of [serviceMigrations, ...sets]) await assertMigrated(pool, set);
  const missing = await missingSafeguards(pool);
  if (missing.length > 0)
    kit.log.warn(
      { off: missing },
      'this PostgreSQL may lose acknowledged events when its machine stops: turn these settings on',
    );
  const settings = new Settings(pool);
  const nats: NatsSettings = {
    servers: config.NATS_URL,
    seed: config.NATS_NKEY_SEED,
    caFile: config.NATS_CA_FILE,
    name: kit.service,
  };
  const link = new NatsLink(nats);
  kit.shutdown.on('transport', () => link.stop());
  kit.readiness.needs('postgres', async () => void (await pool.query('select 1')));
  kit.readiness.watches('nats', () =>
    link.up
      ? undefined
      : `not connected: commands work, other services see them later${link.trouble ? ` (${link.trouble})` : ''}`,
  );
  const keys = new KeyRing(
    {
      load: async () => (await settings.get<never[]>(KNOWN_KEYS)) ?? [],
      save: known => settings.put(KNOWN_KEYS, known),
    },
    [() => requestKeys(link), requestKeysByHttp(config.USERS_URL)],
  );
  const secret = await settings.putIfAbsent(CURSOR_SECRET, randomBytes(32).toString('base64url'));
  return {
    pool,
    settings,
    link,
    nats,
    keys,
    tokens: new AccessTokens(keys, config.TOKEN_ISSUER),
    cursors: new Cursors(secret),
  };
}
