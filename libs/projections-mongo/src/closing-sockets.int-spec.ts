/** A link that ends in the very moment in which somebody asks: the call fails, and the next ones find the server again. */
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { mongoUrl } from '@foldline/testing';
import { connectMongo } from './index';

const url = mongoUrl();
const LONG_MS = 15_000;

(url ? it : it.skip)(
  'a call begun on a socket that is just ending fails, and does not wait for ever',
  async () => {
    const sockets = new Set<Socket>();
    const made = channel('net.client.socket');
    const note = (message: unknown): void => void sockets.add((message as { socket: Socket }).socket);
    made.subscribe(note);
    const own = new URL(url!);
    own.pathname = '/closing_sockets';
    const { db, close } = await connectMongo(own.toString(), { name: 'closing sockets', max: 1 });
    const ask = () => db.command({ ping: 1 });
    try {
      await ask();
      // All of the driver's: also the one by which it looks whether the server is there.
      for (const socket of sockets) socket.destroy();
      await expect(ask()).rejects.toThrow(/closed/);
      await expect(ask()).resolves.toMatchObject({ ok: 1 });
    } finally {
      made.unsubscribe(note);
      await close();
    }
  },
  LONG_MS,
);
