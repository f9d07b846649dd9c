/** Disks that are full or lose their power, under PostgreSQL and under NATS (rows 16, 17, 18, 32, 34). Only where this process is root. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { OwnServer } from '@foldline/testing';
import { withDatabase } from '../model/log-events';
import type { ChaosStack } from '../stack/chaos-stack';
import { canMount, OwnDisk } from '../stack/own-disk';
import { withBroker } from '../stack/broker-session';
import type { Fault } from './fault';

const MB = 1024 * 1024;
const NO_ROOM = /No space left on device/g;

const told = (stack: ChaosStack): number =>
  readFileSync(join(dirname(stack.postgres.dataDir), 'postgres.log'), 'utf8').match(NO_ROOM)?.length ?? 0;

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** The server is down while its folder moves to the disk and back. */
async function onDisk<T>(server: OwnServer, make: () => OwnDisk, work: (disk: OwnDisk) => Promise<T>): Promise<T> {
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await server.stop();
    // Its children go when they see that it is gone.
    await pause(500);
  };
  await stop();
  const disk = make();
  try {
    await server.start();
    return await work(disk);
  } finally {
    disk.free();
    await stop();
    disk.giveBack();
    await server.start();
  }
}

const dataFull: Fault = {
  row: 16,
  name: 'disk of PostgreSQL full',
  async inject({ stack }) {
    const path = join(stack.postgres.dataDir, 'base');
    const before = told(stack);
    const bytes = await onDisk(
      stack.postgres,
      () => OwnDisk.small(path, sizeOf(path) + 24 * MB),
      async disk => {
        await pause(2000);
        const filled = disk.fill();
        await pause(5000);
        disk.free();
        // Whoever was refused goes on by itself.
        await stack.whenReady();
        await pause(2000);
        return filled;
      },
    );
    const count = told(stack) - before;
    return { count, note: `${Math.round(bytes / MB)} MB filled, ${count} writes had no room` };
  },
};

const walFull: Fault = {
  row: 17,
  name: 'disk of the write-ahead log full',
  async inject({ stack }) {
    const path = join(stack.postgres.dataDir, 'pg_wal');
    const before = told(stack);
    await onDisk(
      stack.postgres,
      () => OwnDisk.small(path, sizeOf(path) + 20 * MB),
      async disk => {
        await pause(1500);
        disk.fill();
        // A new segment is needed soon.
        for (let segments = 0; segments < 40 && told(stack) === before; segments += 1)
          await withDatabase(stack, 'users', async sql => {
            await sql("select pg_logical_emit_message(false, 'chaos', repeat('x', 1000))");
            await sql('select pg_switch_wal()');
          }).catch(() => pause(200));
        await pause(3000);
      },
    );
    const count = told(stack) - before;
    return { count, note: `${count} times no room for what was to be committed` };
  },
};

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(child => {
      try {
        return readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    });

/** All stop at once, the disk is copied, none of them runs again: what was not flushed is gone. */
async function powerCut(server: OwnServer, disk: OwnDisk): Promise<void> {
  const pids = [server.pid, ...childrenOf(server.pid)];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const lose = disk.cut();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await server.stop();
  await pause(500);
  lose();
  await server.start();
}

const powerOfPostgres: Fault = {
  row: 18,
  name: 'power cut under PostgreSQL',
  async inject({ stack, history }) {
    const { dataDir } = stack.postgres;
    const from = history.calls.length;
    await onDisk(
      stack.postgres,
      () => OwnDisk.image(dataDir, sizeOf(dataDir) + 512 * MB),
      async disk => {
        await stack.whenReady();
        await pause(4000);
        await powerCut(stack.postgres, disk);
        await stack.whenReady();
      },
    );
    const calls = history.calls
      .slice(from)
      .filter(({ attempts }) => attempts.some(one => one.answer?.verdict === 'ok'));
    return { count: calls.length, note: `${calls.length} calls were answered on the disk that lost its power` };
  },
};

const messagesIn = (stack: ChaosStack): Promise<number> =>
  withBroker(stack, async (_, manager) => (await manager.streams.info('ORDERS')).state.last_seq);

const powerOfNats: Fault = {
  row: 32,
  name: 'power cut under NATS',
  async inject({ stack }) {
    const lost = await onDisk(
      stack.nats,
      () => OwnDisk.image(stack.nats.dataDir, 256 * MB),
      async disk => {
        await pause(6000);
        const before = await messagesIn(stack);
        await powerCut(stack.nats, disk);
        return before - (await messagesIn(stack).catch(() => 0));
      },
    );
    return { count: 1, note: `${lost} messages of orders were gone`, brokerDown: true };
  },
};

const natsFull: Fault = {
  row: 34,
  name: 'disk of NATS full',
  async inject({ stack }) {
    const { dataDir } = stack.nats;
    const stuck = await onDisk(
      stack.nats,
      () => OwnDisk.small(dataDir, sizeOf(dataDir) + 24 * MB),
      async disk => {
        await pause(2000);
        disk.fill();
        await pause(3000);
        const before = await messagesIn(stack).catch(() => 0);
        await pause(4000);
        const after = await messagesIn(stack).catch(() => 0);
        disk.free();
        // The server may need a new start to store again: what comes after this gives it one.
        await pause(2000);
        return after === before;
      },
    );
    return { count: stuck ? 1 : 0, note: 'nothing could be stored for 4 s', brokerDown: true };
  },
};

/** None of them where nothing can be mounted. */
export const diskFaults: readonly Fault[] = canMount()
  ? [dataFull, walFull, powerOfPostgres, powerOfNats, natsFull]
  : [];
