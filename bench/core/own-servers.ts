/** Servers of a bench's own without a shop: PostgreSQL as `npm start` sets it, NATS with JetStream for anybody. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { freePort } from './own-shop';
import { fromRoot, ROOT } from './project';

interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

export const natsBinary = (): string =>
  fromRoot<{ findNats(where: object): string }>('tools/embedded/nats-binary.cjs').findNats({
    binDir: join(ROOT, '.foldline/bin'),
    say: (line: string) => process.stderr.write(`${line}\n`),
  });

/** `name` tells its files in `folder` from another server's. */
export async function ownNats(folder: string, name = 'peer-nats'): Promise<Server> {
  const at = (ending: string): string => join(folder, `${name}${ending}`);
  const { startNats } = fromRoot<{ startNats(settings: object): Promise<Server> }>('tools/embedded/nats.cjs');
  return startNats({
    bin: natsBinary(),
    port: await freePort(),
    storeDir: at(''),
    configFile: at('.conf'),
    logFile: at('.log'),
  });
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
