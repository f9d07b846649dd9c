/** Health and metrics of the gateway, on a port of their own that is not public. */
import { operatorRoutes, type Kit } from '@foldline/service-kit';
import fastify, { type FastifyInstance } from 'fastify';
import type { GatewayConfig } from './gateway.settings';

export async function listenForOperators(
  { GATEWAY_ADMIN_PORT, GATEWAY_ADMIN_HOST }: GatewayConfig,
  kit: Kit,
): Promise<FastifyInstance> {
  const admin = fastify({ forceCloseConnections: true });
  operatorRoutes(admin, kit.readiness, kit.metrics);
  await admin.listen({ port: GATEWAY_ADMIN_PORT, host: GATEWAY_ADMIN_HOST });
  kit.shutdown.on('stores', () => admin.close());
  return admin;
}
