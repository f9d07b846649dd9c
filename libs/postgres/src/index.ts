/** PostgreSQL for everyone else: sessions, migrations, leases, settings, and the making of databases. The only importer of the driver. */
export * from './queryable';
export { assertOwnSessions } from './own-sessions';
export { missingSafeguards } from './durability';
export * from './errors';
export type { SessionSettings } from './session';
export { Connection } from './connection';
export { Pool, connectPool, type PoolSettings } from './pool';
export { inTransaction } from './transaction';
export { copyFromTable, copyInto } from './copy';
export { copyTogether, type Copy } from './copy-together';
export { quoteName, quoteText } from './quote';
export * from './migrations/migration';
export { assertMigrated, migrate } from './migrations/migrate';
export { serviceMigrations } from './migrations/service-set';
export { AdvisoryLease, type LeaseSettings } from './advisory-lease';
export { Settings } from './settings';
export { setUpDatabases, type DatabaseSetup } from './setup/set-up';
export { Gathered, type GatheringLimits } from './gathered';
