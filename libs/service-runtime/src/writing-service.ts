/** A service that writes: its event log, the relay that publishes it, and the answers it owes to readers of its log. */
import type { Provider, Type } from '@nestjs/common';
import type { LogName } from '@foldline/contracts';
import { eventLogMigrations, PostgresEventLog } from '@foldline/event-log';
import { AdvisoryLease, type MigrationSet } from '@foldline/postgres';
import { Relay } from '@foldline/relay';
import type { Kit } from '@foldline/service-kit';
import { DEFAULT_STREAM, EventPublisher, JetStreamFeed, NatsLogReader, Pokes } from '@foldline/transport';
import { logOwnerController, natsMicroservice, OWNED_LOG } from '@foldline/transport/owner';
import type { LogFeed, LogReader } from '@foldline/projections';
import type { NatsOptions } from '@nestjs/microservices';
import { integer, setting, storeSettings } from '@foldline/service-kit';
import { logForOthers } from './own-log';
import { openFoundation, type Foundation, type ServiceConfig } from './foundation';
import { logMetrics, relayMetrics } from './metrics';

export const writingSettings = {
  ...storeSettings,
  /** How long answers of commands are kept for their Idempotency-Key. */
  IDEMPOTENCY_HOURS: setting(integer(1, 8760), 24),
  STREAM_MAX_AGE_HOURS: setting(integer(1, 87_600), 168),
  STREAM_MAX_BYTES: setting(integer(1_048_576, 1_099_511_627_776), 1_073_741_824),
  STREAM_REPLICAS: setting(integer(1, 5), 1),
  MAX_EVENT_BYTES: setting(integer(10_000, 60_000_000), 900_000),
};

export type WritingConfig = ServiceConfig & {
  readonly IDEMPOTENCY_HOURS: number;
  readonly STREAM_MAX_AGE_HOURS: number;
  readonly STREAM_MAX_BYTES: number;
  readonly STREAM_REPLICAS: number;
  readonly MAX_EVENT_BYTES: number;
};

export interface WritingService extends Foundation {
  readonly log: PostgresEventLog;
  readonly relay: Relay;
  /** Of other services' logs. */
  readonly feed: LogFeed;
  readonly reader: LogReader;
  /** To be listed in the service's module, so that it answers log.head and log.read. */
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
  readonly microservice: { readonly options: NatsOptions; readonly reached: Promise<unknown> };
}

/** `sets`: the service's own migrations, beside those of the log. */
export async function openWritingService(
  name: LogName,
  config: WritingConfig,
  kit: Kit,
  sets: readonly MigrationSet[] = [],
): Promise<WritingService> {
  const foundation = await openFoundation(config, kit, [eventLogMigrations, ...sets]);
  const { link, nats } = foundation;
  const measured = logMetrics(kit);
  const log = new PostgresEventLog({
    log: name,
    url: config.DATABASE_URL,
    maxEventBytes: config.MAX_EVENT_BYTES,
    commandsKeptMs: config.IDEMPOTENCY_HOURS * 3_600_000,
    onBatch: measured,
  });
  const publisher = new EventPublisher(link, kit.service, name, {
    ...DEFAULT_STREAM,
    maxAgeMs: config.STREAM_MAX_AGE_HOURS * 3_600_000,
    maxBytes: config.STREAM_MAX_BYTES,
    replicas: config.STREAM_REPLICAS,
  });
  const relay = new Relay({
    log,
    publisher,
    leadership: new AdvisoryLease({ url: config.DATABASE_URL, name: `${name}-relay`, lock: `relay:${name}` }),
    pokes: new Pokes(link, name),
    onTrouble: trouble => kit.log.warn(trouble, 'relay could not publish'),
  });
  kit.shutdown.on('relay', () => relay.stop());
  kit.shutdown.on('stores', () => log.close());
  relayMetrics(kit, relay);
  return {
    ...foundation,
    log,
    relay,
    feed: new JetStreamFeed(link),
    reader: new NatsLogReader(link),
    controllers: [logOwnerController(name)],
    providers: [{ provide: OWNED_LOG, useValue: logForOthers(log, kit) }],
    microservice: { options: natsMicroservice(nats, link), reached: link.connection },
  };
}
