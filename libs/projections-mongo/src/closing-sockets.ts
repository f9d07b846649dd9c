/**
 * The driver writes a command and, where the socket does not take it at once, waits until it does. A socket that closes meanwhile, or whose
 * end was not yet told, never does: whoever asked would wait for ever, and so would the driver's own look at the server, without which
 * it never asks it again. Here such a wait ends when the socket does.
 */
import type { Socket } from 'node:net';
import { Connection } from 'mongodb/lib/cmap/connection';
import mongoose from 'mongoose';

type Write = (this: DriverConnection, ...args: readonly unknown[]) => Promise<void>;

interface DriverConnection {
  readonly id: unknown;
  readonly address: string;
  readonly socket: Socket;
  writeCommand: Write;
}

const prototype = Connection.prototype as DriverConnection;
const write = prototype.writeCommand;

prototype.writeCommand = async function (...args) {
  const { id, address, socket } = this;
  let onClose!: () => void;
  const closed = new Promise<never>((_, failed) => {
    onClose = () => failed(new mongoose.mongo.MongoNetworkError(`connection ${String(id)} to ${address} closed`));
    socket.once('close', onClose);
  });
  try {
    await Promise.race([write.apply(this, [...args]), closed]);
  } finally {
    socket.off('close', onClose);
  }
};
