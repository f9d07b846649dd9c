/** The broker of a shop: one nats-server with its users, or three as a cluster that keeps three copies of every stream. */
import { join } from 'node:path';
import { startOwnNats, type OwnServer } from '@foldline/testing';
import { stablePort } from './ports';
import { fromRoot, ROOT } from './root';

interface NatsConfig {
  makeNatsKeys(): Record<string, { publicKey: string; seed: string }>;
  natsConfig(settings: object): string;
  clusterConfig(routePort: number, routePorts: readonly number[]): string;
}
interface Nkeys {
  createUser(): { getPublicKey(): string; getSeed(): Uint8Array };
}

export interface Broker {
  readonly nodes: readonly OwnServer[];
  /** Seeds of the services' users, by their names. */
  readonly seeds: Readonly<Record<string, string>>;
  /** Of a user who may do anything. */
  readonly rootSeed: string;
}

/** Names of nodes begin so; the number is their place among `nodes`. */
const NODE = 'node-';
export const nodeName = (place: number): string => `${NODE}${place}`;
export const placeOf = (name: string): number => Number(name.slice(NODE.length));

export async function startBroker(count: number, say: (line: string) => void): Promise<Broker> {
  const { findNats } = fromRoot<{ findNats(where: object): string }>('tools/embedded/nats-binary.cjs');
  process.env.TEST_NATS_BIN ??= findNats({ binDir: join(ROOT, '.foldline/bin'), say });
  const { makeNatsKeys, natsConfig, clusterConfig } = fromRoot<NatsConfig>('tools/embedded/nats-config.cjs');
  const keys = makeNatsKeys();
  const root = fromRoot<Nkeys>('node_modules/nkeys.js').createUser();
  const places = Array.from({ length: count }, (_, place) => place);
  const ports = await Promise.all(places.map(stablePort));
  const routes = await Promise.all(places.map(stablePort));
  const nodes = await Promise.all(
    places.map(place =>
      startOwnNats(at => {
        const config = natsConfig({ ...at, users: keys })
          .replace('users: [', `users: [\n    { nkey: ${root.getPublicKey()} }`)
          .replace(/server_name: .*/, `server_name: ${nodeName(place)}`);
        return count > 1 ? config + clusterConfig(routes[place]!, routes) : config;
      }, ports[place]!),
    ),
  );
  const seeds = Object.fromEntries(Object.entries(keys).map(([name, { seed }]) => [name, seed]));
  return { nodes, seeds, rootSeed: new TextDecoder().decode(root.getSeed()) };
}
