/** Processor time of processes, as Linux tells it; other systems tell nothing here. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const TICK_MS = 10;

interface Stat {
  readonly parent: number;
  readonly ms: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return undefined;
  }
}

/** Milliseconds used so far by a process and, where `withChildren`, by the processes that it started and that still run. */
export function cpuMs(pid: number, withChildren = false): number {
  const own = statOf(pid)?.ms ?? NaN;
  if (!withChildren || Number.isNaN(own)) return own;
  const others = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  const children = others.map(other => statOf(Number(other))).filter(stat => stat?.parent === pid);
  return children.reduce((sum, stat) => sum + stat!.ms, own);
}

/** Busy and all milliseconds of the machine's cores so far. */
export function machineCpu(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    all += used + times.idle;
  }
  return { busy, all };
}

/** Kilobytes in memory; NaN where the system does not tell. */
export function memoryKb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
  } catch {
    return NaN;
  }
}
