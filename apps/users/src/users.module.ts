/** What is wired to what in the users service. */
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CommandExecutor } from '@foldline/event-log';
import type { UserEvent } from '@foldline/contracts';
import { newTraceparent, type Kit, type Limit, type LimitCounter, type ServiceParts } from '@foldline/service-kit';
import { Commands, openStates, openWritingService, problemOfLog } from '@foldline/service-runtime';
import { Credentials } from './credentials/credentials';
import { PasswordHashes } from './credentials/password-hashes';
import { purgeEvery } from './credentials/purging';
import { Sessions } from './credentials/sessions';
import { CountedTries } from './credentials/counted-tries';
import { SigningKeys } from './credentials/signing-keys';
import { userDecider } from './domain/user.decider';
import type { UserState } from './domain/user.state';
import { ensureFirstAdmin } from './first-admin';
import { KeysController } from './http/keys.controller';
import { AccountLimit, AddressLimit, PasswordLimit, RefreshLimit, SignUpLimit } from './http/limits';
import { SessionsController } from './http/sessions.controller';
import { userProblems } from './http/user.problems';
import { UsersController } from './http/users.controller';
import { userMigrations } from './migrations';
import { recheckOf } from './recheck';
import { sessionHandlers } from './session.handlers';
import { userHandlers, UserTools } from './user.handlers';
import type { UsersConfig } from './users.settings';

@Module({})
class UsersModule {}

export async function composeUsers(config: UsersConfig, kit: Kit): Promise<ServiceParts> {
  const service = await openWritingService('users', config, kit, [userMigrations]);
  const { log, pool, settings, relay } = service;
  const states = openStates<UserState, UserEvent>(log, userDecider, kit);
  const commands = new Commands('users', new CommandExecutor(log, states), config.PUBLIC_URL);
  const signingKeys = await SigningKeys.open(settings);
  const sessions = new Sessions(pool, { idleHours: config.SESSION_IDLE_HOURS, longestHours: config.SESSION_HOURS });
  const tries = new CountedTries(pool);
  for (const stop of [purgeEvery(600_000, sessions), purgeEvery(60_000, tries)])
    kit.shutdown.on('intake', async () => stop());
  const reused = kit.metrics.counter('refresh_reuse_total', 'Used refresh tokens that came back; each ended a session');
  const tools = new UserTools(
    commands,
    states,
    log,
    new Credentials(pool),
    new PasswordHashes(),
    sessions,
    signingKeys,
    config.TOKEN_ISSUER,
    session => {
      reused.inc();
      kit.log.warn(
        { user: session.userId, session: session.sessionId },
        'a used refresh token came back: session ended',
      );
    },
  );
  // This service checks tokens with its own keys, also while nobody answers.
  await service.keys.learn(signingKeys.published);
  const stopWatching = signingKeys.watch(config.SIGNING_KEYS_EVERY_MS, published => service.keys.learn(published));
  kit.shutdown.on('intake', async () => stopWatching());
  if (config.ADMIN_EMAIL && config.ADMIN_PASSWORD)
    await ensureFirstAdmin(tools, config.ADMIN_EMAIL, config.ADMIN_PASSWORD, newTraceparent());
  const limit = (name: string, points: number): [Limit, LimitCounter] => {
    const bound = { name, points, seconds: config.LIMIT_WINDOW_SECONDS };
    return [bound, tries.counter(bound)];
  };
  const module: DynamicModule = {
    module: UsersModule,
    imports: [CqrsModule.forRoot()],
    controllers: [UsersController, SessionsController, KeysController, ...service.controllers],
    providers: [
      ...service.providers,
      ...userHandlers,
      ...sessionHandlers,
      { provide: UserTools, useValue: tools },
      { provide: SigningKeys, useValue: signingKeys },
      { provide: AccountLimit, useValue: new AccountLimit(...limit('sign-in-account', config.SIGN_IN_PER_ACCOUNT)) },
      { provide: AddressLimit, useValue: new AddressLimit(...limit('sign-in-address', config.SIGN_IN_PER_ADDRESS)) },
      { provide: RefreshLimit, useValue: new RefreshLimit(...limit('refresh-address', config.REFRESH_PER_ADDRESS)) },
      { provide: PasswordLimit, useValue: new PasswordLimit(...limit('password-user', config.SIGN_IN_PER_ACCOUNT)) },
      { provide: SignUpLimit, useValue: new SignUpLimit(...limit('sign-up-address', config.SIGN_UP_PER_ADDRESS)) },
    ],
  };
  return {
    module,
    tokens: service.tokens,
    recheck: recheckOf(states, sessions),
    understand: problemOfLog,
    problems: userProblems,
    microservice: service.microservice,
    started: () => relay.start(),
  };
}
