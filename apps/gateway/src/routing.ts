/** Which service answers which address; the gateway knows nothing else about the shop. */
import { SERVICES } from '@foldline/contracts';
import type { GatewayConfig } from './gateway.settings';

/** Address patterns with the base URL of the service behind each. */
export const routesOf = (config: GatewayConfig): readonly (readonly [pattern: string, base: string])[] =>
  SERVICES.flatMap(({ prefix, routes }) =>
    routes.map(pattern => [pattern, config[`${prefix}_URL`].replace(/\/$/, '')] as const),
  );
