/** Which service answers which address; the gateway knows nothing else about the shop. */
import { partitionOf, SERVICES } from '@foldline/contracts';
import type { FastifyRequest } from 'fastify';
import type { GatewayConfig, Upstream } from './gateway.settings';
import { Replicas } from './replicas';

/** Those that can answer a request. */
type ReplicasFor = (request: Pick<FastifyRequest, 'params'>) => Replicas;

/** Where a service is split, each partition answers for the ids that fall to it. */
function replicasOf(upstream: Upstream): ReplicasFor {
  const partitions = upstream.map(urls => new Replicas(urls.map(url => url.replace(/\/$/, ''))));
  const [first] = partitions;
  if (partitions.length === 1) return () => first!;
  return ({ params }) => partitions[partitionOf((params as { id?: string }).id ?? '', partitions.length) - 1]!;
}

/** Address patterns with who answers them: the processes of one service, the same for all of its patterns. */
export const routesOf = (config: GatewayConfig): readonly (readonly [pattern: string, replicas: ReplicasFor])[] =>
  SERVICES.flatMap(({ prefix, routes }) => {
    const replicas = replicasOf(config[`${prefix}_URL`]);
    return routes.map(pattern => [pattern, replicas] as const);
  });
