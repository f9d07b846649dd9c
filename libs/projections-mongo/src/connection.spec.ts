import { connectMongo, isMongoUnavailable } from './connection';

const options = { name: 'nobody', timeoutMs: 300 };

it('a URL that names no database is refused: the driver would take one of its own choice', async () => {
  for (const url of ['mongodb://127.0.0.1:1', 'mongodb://127.0.0.1:1/', 'mongodb://127.0.0.1:1/?authSource=admin'])
    await expect(connectMongo(url, options)).rejects.toThrow(/^MONGO_URL names no database: add one to its path/);
});

it('a server that does not answer is named, with what to do, and never the password', async () => {
  const trying = connectMongo('mongodb://somebody:hunter2@127.0.0.1:1/read', options);
  const { message } = await trying.then(
    () => new Error('it answered'),
    (error: Error) => error,
  );
  expect(message).toMatch(/^MongoDB cannot be reached \(.*127\.0\.0\.1:1.*\): start it, or correct MONGO_URL\.$/);
  expect(message).not.toContain('hunter2');
});

it('a socket that breaks while a command is written to it is a server that cannot be reached, another error is not', () => {
  const broken = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
  expect([broken, new Error('write ECONNRESET'), null].map(isMongoUnavailable)).toEqual([true, false, false]);
});
