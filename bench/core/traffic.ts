/** What a piece of work costs this process: its CPU, its round trips, and its bytes on the network, whatever driver it uses. */
import { Socket } from 'node:net';

export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Something was sent, and something came back. */
  readonly roundTrips: number;
  readonly sent: number;
  readonly received: number;
}

interface Counted {
  readonly socket: Socket;
  trips: number;
}

const sockets: Counted[] = [];
let listening = false;

/** From here on every new connection of this process is counted. */
export function countTraffic(): void {
  if (listening) return;
  listening = true;
  // Drivers make their sockets in different ways, and all of them connect.
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...args: never[]) {
    const counted: Counted = { socket: this, trips: 0 };
    sockets.push(counted);
    let sent = 0;
    this.once('connect', () =>
      this.prependListener('data', () => {
        if (this.bytesWritten > sent) counted.trips += 1;
        sent = this.bytesWritten;
      }),
    );
    return (connect as (...all: never[]) => Socket).apply(this, args);
  } as typeof connect;
}

const now = () => ({
  trips: sockets.reduce((sum, { trips }) => sum + trips, 0),
  sent: sockets.reduce((sum, { socket }) => sum + socket.bytesWritten, 0),
  received: sockets.reduce((sum, { socket }) => sum + socket.bytesRead, 0),
});

export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [before, cpu, from] = [now(), process.cpuUsage(), performance.now()];
  await work();
  const [after, { user, system }] = [now(), process.cpuUsage(cpu)];
  return {
    seconds: (performance.now() - from) / 1000,
    cpuSeconds: (user + system) / 1e6,
    roundTrips: after.trips - before.trips,
    sent: after.sent - before.sent,
    received: after.received - before.received,
  };
}
