import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client';
import { History } from './history';

describe('a client of the fault suite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-client-'));
  const brought: (string | string[] | undefined)[] = [];
  let gateway: Server;
  let history: History;
  let client: Client;

  beforeAll(async () => {
    // Each answer brings the next token: a, b, c.
    let answers = 0;
    gateway = createServer(({ url, headers }, response) => {
      if (url === '/sessions') {
        response.writeHead(201).end('{"accessToken":"access"}');
        return;
      }
      brought.push(headers['consistency-token']);
      response.writeHead(200, { 'consistency-token': 'abc'[answers++]! }).end('{}');
    });
    await new Promise<void>(resolve => gateway.listen(0, '127.0.0.1', resolve));
    history = new History(join(folder, 'history.jsonl'));
    const { port } = gateway.address() as AddressInfo;
    client = new Client('shopper', `http://127.0.0.1:${port}`, history, () => true);
    await client.become({ id: 'one', email: 'one@example.com', password: 'a-long-enough-passphrase' });
  });

  afterAll(() => {
    history.close();
    gateway.close();
    rmSync(folder, { recursive: true });
  });

  it('sends the newest token it was given, and keeps it where it asks without an identity', async () => {
    const read = { operation: 'read-orders', method: 'GET', route: '/orders' } as const;
    await client.call(read);
    await client.call({ operation: 'sign-up', method: 'POST', route: '/users', anonymous: true, body: {} });
    await client.call(read);
    expect(brought).toEqual([undefined, undefined, 'a']);
    expect(client.token).toBe('c');
  });
});
