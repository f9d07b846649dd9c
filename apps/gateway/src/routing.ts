/** Which service answers which address; the gateway knows nothing else about the shop. */
import { SERVICES } from '@foldline/contracts';
import type { GatewayConfig } from './gateway.settings';
import { Replicas } from './replicas';

/** Address patterns with who answers them: the processes of one service, the same for all of its patterns. */
export const routesOf = (config: GatewayConfig): readonly (readonly [pattern: string, replicas: Replicas])[] =>
  SERVICES.flatMap(({ prefix, routes }) => {
    const replicas = new Replicas(config[`${prefix}_URL`].map(url => url.replace(/\/$/, '')));
    return routes.map(pattern => [pattern, replicas] as const);
  });
