/** Brings a service up from its settings and its parts, and takes it down again. */
import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AccessGuard, type Recheck } from './auth/access.guard';
import type { AccessTokens } from './auth/access-tokens';
import { assertAccessStated } from './auth/assert-access-stated';
import type { commonSettings } from './config/common-settings';
import { configOrExit, type Agreement, type ConfigOf, type Settings } from './config/read-config';
import { fastifyAdapter, type HttpSettings } from './http/fastify-app';
import { makeKit, type Kit } from './kit';
import { openApiDocument } from './openapi';
import { makeLogger, NestLogger } from './ops/logger';
import { startBegins, startIsOver } from './ops/memory';
import { openToServices, sayGoodbye, stopIntake } from './ops/intake';
import { logRequests, measureRequests, operatorRoutes } from './ops/routes';
import { stopOnSignals } from './ops/shutdown';
import { startTracing } from './ops/tracing';
import type { ProblemKind } from './problems/problem';
import { ProblemFilter } from './problems/problem.filter';
import { validationPipe } from './validation/validation.pipe';

/** What a service's composition root gives. */
export interface ServiceParts {
  readonly module: DynamicModule;
  readonly tokens: AccessTokens;
  readonly recheck?: Recheck;
  /** How other services' requests arrive, once their broker was reached. */
  readonly microservice?: { readonly options: MicroserviceOptions; readonly reached: Promise<unknown> };
  /** What the service's stores throw, as problems; anything else it gives back as it is. */
  readonly understand?: (error: unknown) => unknown;
  /** The service's own kinds of problem, for the documentation. */
  readonly problems?: Readonly<Record<string, ProblemKind>>;
  /** Where a service bounds requests otherwise than the settings say. */
  readonly http?: Partial<HttpSettings>;
  /** Called once the service listens. */
  readonly started?: () => void;
}

export type CommonConfig = ConfigOf<typeof commonSettings>;
export type Compose<Config> = (config: Config, kit: Kit) => Promise<ServiceParts>;

export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly kit: Kit;
  stop(): Promise<void>;
}

/** Builds, wires and listens; for tests too, since it touches neither signals nor the process's end. */
export async function startService<Config extends CommonConfig>(
  service: string,
  config: Config,
  compose: Compose<Config>,
): Promise<RunningService> {
  const log = makeLogger(service, config.LOG_LEVEL);
  const kit = makeKit(service, log, await startTracing(service, config.OTEL_EXPORTER_OTLP_ENDPOINT));
  try {
    const parts = await compose(config, kit);
    const adapter = fastifyAdapter({
      publicUrl: config.PUBLIC_URL,
      bodyLimitBytes: config.BODY_LIMIT_BYTES,
      maxOpenRequests: config.MAX_OPEN_REQUESTS,
      ...parts.http,
    });
    const instance = adapter.getInstance() as unknown as FastifyInstance;
    kit.tracing.onRequests(instance);
    measureRequests(instance, kit.metrics);
    logRequests(instance, log);
    sayGoodbye(instance, kit.readiness);
    operatorRoutes(instance, kit.readiness, kit.metrics);
    const app = await NestFactory.create<NestFastifyApplication>(parts.module, adapter, {
      bodyParser: false,
      logger: new NestLogger(log),
      abortOnError: false,
    });
    // Half of the time for those who wait, half for what comes after them.
    let opened: (() => Promise<unknown>) | undefined;
    kit.shutdown.on('intake', () => stopIntake(app, config.SHUTDOWN_DEADLINE_MS / 2, opened));
    const reflector = app.get(Reflector);
    app
      .useGlobalFilters(new ProblemFilter(config.PUBLIC_URL, log, parts.understand))
      .useGlobalPipes(validationPipe())
      .useGlobalGuards(new AccessGuard(reflector, parts.tokens, parts.recheck));
    let document: ReturnType<typeof openApiDocument> | undefined;
    instance.get(
      '/openapi.json',
      async () => (document ??= openApiDocument(app, `Foldline ${service}`, parts.problems)),
    );
    if (parts.microservice)
      app.connectMicroservice<MicroserviceOptions>(parts.microservice.options, { inheritAppConfig: false });
    await app.init();
    assertAccessStated(app, reflector);
    await app.listen(config.PORT, config.HOST);
    if (parts.microservice) opened = openToServices(app, parts.microservice.reached, kit);
    kit.shutdown.on('stores', () => kit.tracing.stop());
    parts.started?.();
    const url = await app.getUrl();
    log.info({ url }, 'listening');
    const stop = (): Promise<void> => {
      kit.readiness.draining = true;
      return kit.shutdown.run();
    };
    return { app, url: url.replace('[::1]', '127.0.0.1'), kit, stop };
  } catch (error) {
    await kit.shutdown.run();
    throw error;
  }
}

/** For main.ts: settings from the environment, signals, exit codes. */
export async function runService<S extends Settings & typeof commonSettings>(
  service: string,
  settings: S,
  compose: Compose<ConfigOf<S>>,
  agreements: readonly Agreement<S>[] = [],
): Promise<void> {
  startBegins();
  const config = configOrExit(settings, agreements);
  const common = config as unknown as CommonConfig;
  const log = makeLogger(service, common.LOG_LEVEL);
  try {
    const running = await startService(service, config as ConfigOf<S> & CommonConfig, compose);
    const { kit } = running;
    startIsOver();
    stopOnSignals(
      kit.log,
      { delayMs: common.SHUTDOWN_DELAY_MS, deadlineMs: common.SHUTDOWN_DEADLINE_MS },
      () => (kit.readiness.draining = true),
      running.stop,
    );
  } catch (error) {
    log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}
