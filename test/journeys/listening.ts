/** What a process has open to the network, as Linux tells it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `address:port` of every TCP socket that is listened on, by inode. */
function listened(table: 'tcp' | 'tcp6'): Map<string, string> {
  const [, ...lines] = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n');
  const columns = lines.map(line => line.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
  return new Map(
    columns.map(({ 1: local, 9: inode }) => {
      const [address, port] = local!.split(':') as [string, string];
      const shown =
        table === 'tcp' ? (address.match(/../g) ?? []).reverse().map(byte => parseInt(byte, 16)) : [address];
      return [inode!, `${shown.join('.')}:${parseInt(port, 16)}`];
    }),
  );
}

export function listenersOf(pids: readonly number[]): string[] {
  const sockets = new Map([...listened('tcp'), ...listened('tcp6')]);
  const open = pids.flatMap(pid =>
    readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? ''];
      } catch {
        return []; // Closed since the folder was read.
      }
    }),
  );
  return [...new Set(open.flatMap(inode => sockets.get(inode) ?? []))].sort();
}

export const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

export const argumentsOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
