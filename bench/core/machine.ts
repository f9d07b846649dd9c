/** What the figures were measured on: printed with every table and kept in every result. */
import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { fromRoot } from './project';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly postgres?: string;
  readonly nats?: string;
}

/** `servers`: versions that a bench learned from the servers themselves, and of its peers' packages. */
export function machine(servers: Readonly<Record<string, string>> = {}): Machine {
  const [first, ...others] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: others.length + 1,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    ...servers,
  };
}

export const versionOf = (name: string): string =>
  fromRoot<{ version: string }>(`node_modules/${name}/package.json`).version;

/** Of a program that answers `--version`, such as nats-server. */
export const versionSaid = (program: string): string =>
  /\d+\.\d+(\.\d+)?/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? 'unknown';

export function machineLine({ cpu, cores, memoryGb, system, node, ...versions }: Machine): string {
  const programs = Object.entries({ node, ...versions }).map(([name, version]) => `${name} ${version}`);
  return `${cores} cores (${cpu}), ${memoryGb} GB, ${system}; ${programs.join(', ')}`;
}
