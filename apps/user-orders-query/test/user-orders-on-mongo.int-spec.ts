import { randomBytes } from 'node:crypto';
import { mongoUrl } from '@foldline/testing';
import { userOrdersSuite } from './user-orders-suite';

jest.setTimeout(120_000);

const server = mongoUrl();

function onMongo(): Record<string, string> {
  const url = new URL(server!);
  url.pathname = `/query_${randomBytes(6).toString('hex')}`;
  return { READ_STORE: 'mongo', MONGO_URL: url.toString() };
}

(server ? describe : describe.skip)('with READ_STORE=mongo', () => {
  userOrdersSuite(onMongo, false);
});
