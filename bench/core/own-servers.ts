/** Servers of a bench's own without a shop: PostgreSQL as `npm start` sets it, NATS with JetStream for anybody. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { freePort } from './own-shop';
import { fromRoot, ROOT } from './project';

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

export const natsBinary = (): string =>
  fromRoot<{ findNats(where: object): string }>('tools/embedded/nats-binary.cjs').findNats({
    binDir: join(ROOT, '.foldline/bin'),
    say: (line: string) => process.stderr.write(`${line}\n`),
  });

interface NatsSettings {
  readonly port: number;
  readonly config?: string;
}

async function startNats(folder: string, name: string, settings: NatsSettings): Promise<Server> {
  const at = (ending: string): string => join(folder, `${name}${ending}`);
  const { startNats: start } = fromRoot<{ startNats(settings: object): Promise<Server> }>('tools/embedded/nats.cjs');
  return start({
    bin: natsBinary(),
    storeDir: at(''),
    configFile: at('.conf'),
    logFile: at('.log'),
    ...settings,
  });
}

/** One node, for anybody. */
export const ownNats = async (folder: string): Promise<Server> =>
  startNats(folder, 'peer-nats', { port: await freePort() });

/** Nodes of one cluster, by their names; resolves when they take connections, which is before they have chosen a leader. */
export async function natsNodes(folder: string, names: readonly string[]): Promise<Map<string, Server>> {
  const routes = await Promise.all(names.map(freePort));
  const { clusterConfig } = fromRoot<{ clusterConfig(port: number, all: readonly number[]): string }>(
    'tools/embedded/nats-config.cjs',
  );
  const nodes = await Promise.all(
    names.map(async (name, i) => {
      const port = await freePort();
      const config = `host: 127.0.0.1
port: ${port}
server_name: ${name}
jetstream { store_dir: ${JSON.stringify(join(folder, name))}, max_file_store: 5GB }
${clusterConfig(routes[i]!, routes)}`;
      return [name, await startNats(folder, name, { port, config })] as const;
    }),
  );
  return new Map(nodes);
}

/** The superuser's address is its `url`. */
export async function ownPostgres(folder: string): Promise<Server> {
  const { startPostgres } = fromRoot<{ startPostgres(settings: object): Promise<Server> }>(
    'tools/embedded/postgres.cjs',
  );
  return startPostgres({
    dataDir: join(folder, 'postgres'),
    linksDir: join(folder, 'postgres-links'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    password: randomBytes(15).toString('base64url'),
  });
}
