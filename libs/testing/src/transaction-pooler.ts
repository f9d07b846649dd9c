/** A PostgreSQL pooler in transaction mode, as small as one can be: it takes any user and lends its sessions by the transaction. */
import { createServer, type Socket } from 'node:net';
import { Client } from 'pg';

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const WELCOME = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
]);

/** Calls `each` with the type and the bytes of every whole message; gives what is left over. */
function split(bytes: Buffer, each: (type: string, whole: Buffer) => void): Buffer {
  let rest = bytes;
  while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
    const end = rest.readInt32BE(1) + 1;
    each(String.fromCharCode(rest[0]!), rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return rest;
}

export interface TransactionPooler {
  /** The database's URL through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** `last-first`: the session used last is lent next, as PgBouncer does; `in-turn`: each one in its turn. */
export async function transactionPooler(
  url: string,
  order: 'last-first' | 'in-turn',
  size = 3,
): Promise<TransactionPooler> {
  const backends: Socket[] = [];
  for (let i = 0; i < size; i += 1) {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners();
    backends.push(stream.on('error', () => undefined));
  }
  const idle = [...backends];
  const clients = new Set<Socket>();
  const listener = createServer(client => {
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    let lent: Socket | undefined;
    const lend = (): Socket => {
      const backend = (order === 'in-turn' ? idle.shift() : idle.pop())!;
      let rest: Buffer = Buffer.alloc(0);
      backend.on('data', (chunk: Buffer) => {
        let free = false;
        rest = split(Buffer.concat([rest, chunk]), (type, whole) => {
          client.write(whole);
          free = type === 'Z' && whole[5] === 'I'.charCodeAt(0);
        });
        if (!free) return;
        backend.removeAllListeners('data');
        idle.push(backend);
        lent = undefined;
      });
      return backend;
    };
    let begun = false;
    client.on('data', (chunk: Buffer) => {
      if (!begun) {
        begun = true;
        client.write(WELCOME);
        return;
      }
      if (chunk[0] === 'X'.charCodeAt(0)) return void client.end();
      (lent ??= lend()).write(chunk);
    });
  });
  await new Promise<void>(done => listener.listen(0, '127.0.0.1', done));
  const through = new URL(url);
  through.port = String((listener.address() as { port: number }).port);
  return {
    url: through.toString(),
    close: async () => {
      for (const socket of [...clients, ...backends]) socket.destroy();
      await new Promise(done => listener.close(done));
    },
  };
}
