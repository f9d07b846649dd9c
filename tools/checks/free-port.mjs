// A port of this machine that nobody listens on.
import { createServer } from 'node:net';

/** As text, as settings are. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return String(port);
}
