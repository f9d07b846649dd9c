/** What signing up leaves behind when the log does not answer. */
import { LogUnavailableError, StateStore, CommandExecutor, type Append, type AppendResult } from '@foldline/event-log';
import { MemoryEventLog } from '@foldline/event-log/testing';
import { streamOf, type UserEvent, type UserId } from '@foldline/contracts';
import { Commands } from '@foldline/service-runtime';
import type { Credentials } from './credentials/credentials';
import type { PasswordHashes } from './credentials/password-hashes';
import type { Sessions } from './credentials/sessions';
import type { SigningKeys } from './credentials/signing-keys';
import { userDecider } from './domain/user.decider';
import type { UserState } from './domain/user.state';
import { SignUpUser } from './user.commands';
import { SignUpUserHandler, UserTools } from './user.handlers';

/** Writes, or does not, and in either case nobody hears of it. */
class SilentLog extends MemoryEventLog {
  silent: 'no' | 'after writing' | 'before writing' = 'no';
  override async append(append: Append): Promise<AppendResult> {
    const done = this.silent === 'before writing' ? undefined : await super.append(append);
    if (this.silent !== 'no' || !done) throw new LogUnavailableError('no answer');
    return done;
  }
}

function signingUp() {
  const log = new SilentLog('users');
  const kept = new Map<UserId, string>();
  const credentials = {
    find: async (id: UserId) => kept.get(id),
    keep: async (id: UserId, hash: string) => void kept.set(id, hash),
    remove: async (id: UserId) => void kept.delete(id),
  } as unknown as Credentials;
  const passwords = {
    hash: async (password: string) => `hash of ${password}`,
    verify: async (stored: string, password: string) => stored === `hash of ${password}`,
  } as unknown as PasswordHashes;
  const states = new StateStore<UserState, UserEvent>(log, userDecider);
  const commands = new Commands('users', new CommandExecutor(log, states), 'http://shop');
  const tools = new UserTools(
    commands,
    states,
    log,
    credentials,
    passwords,
    {} as Sessions,
    {} as SigningKeys,
    'test',
    () => undefined,
  );
  const handler = new SignUpUserHandler(tools);
  const key = { id: '0190a1b2-0000-5000-8000-000000000001', requestHash: 'r', keyed: true };
  const request = { key, instance: '/users', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, traceId: '' };
  const signUp = (password = 'a-long-enough-passphrase') =>
    handler.execute(new SignUpUser(request, { email: 'bo@example.com', password, displayName: 'Bo' }));
  const usersOf = async () => (await log.read(0, 10)).map(({ stream }) => stream);
  return { log, kept, signUp, usersOf };
}

it('an outcome that nobody knows leaves the hash of whoever was signed up, and the repeat leaves no other', async () => {
  const { log, kept, signUp, usersOf } = signingUp();
  log.silent = 'after writing';
  await expect(signUp()).rejects.toMatchObject({ code: 'service-unavailable' });
  log.silent = 'no';
  expect(await signUp()).toMatchObject({ replayed: true, answer: { status: 201 } });
  expect([...kept.keys()].map(streamOf.user)).toEqual(await usersOf());
});

it('a repeat after nothing was written signs up, once', async () => {
  const { log, kept, signUp, usersOf } = signingUp();
  log.silent = 'before writing';
  await expect(signUp()).rejects.toMatchObject({ code: 'service-unavailable' });
  log.silent = 'no';
  expect(await signUp()).toMatchObject({ replayed: false });
  const [stream, ...others] = await usersOf();
  expect(others).toEqual([]);
  expect([...kept.keys()].map(streamOf.user)).toContain(stream);
});

it('a repeat with another password is no repeat', async () => {
  const { kept, signUp } = signingUp();
  await signUp();
  await expect(signUp('another-long-passphrase')).rejects.toMatchObject({ code: 'key-reused' });
  expect(kept.size).toBe(1);
});
