/** Suites that need a server: each in a database of its own, dropped at its end. */
import { randomBytes } from 'node:crypto';
import { mongoUrl } from '@foldline/testing';
import { connectMongo, type Mongo } from '../index';

/** `describe`, or `describe.skip` where there is no MongoDB. `use` gets the connection before the first test. */
export function onMongo(use: (mongo: Mongo) => void): typeof describe | typeof describe.skip {
  const server = mongoUrl();
  if (!server) return describe.skip;
  let mongo: Mongo | undefined;
  beforeAll(async () => {
    const url = new URL(server);
    url.pathname = `/test_${randomBytes(6).toString('hex')}`;
    mongo = await connectMongo(url.toString(), { name: 'a store in a test' });
    use(mongo);
  });
  afterAll(async () => {
    await mongo?.db.dropDatabase();
    await mongo?.close();
  });
  return describe;
}
