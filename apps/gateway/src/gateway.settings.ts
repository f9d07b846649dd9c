/** The settings of the gateway. */
import { SERVICES, type Service } from '@foldline/contracts';
import {
  commonSettings,
  integer,
  listOf,
  port,
  setting,
  someOf,
  url,
  type ConfigOf,
  type Setting,
} from '@foldline/service-kit';

/** `ORDERS_URL` and the like: where each service answers; the addresses of its processes, where there are several. */
type UpstreamSettings = Readonly<Record<`${Service['prefix']}_URL`, Setting<readonly string[]>>>;
const upstreams = Object.fromEntries(
  SERVICES.map(({ prefix, port: usual }) => [
    `${prefix}_URL`,
    setting(someOf(url('http', 'https')), [`http://127.0.0.1:${usual}`]),
  ]),
) as UpstreamSettings;

export const gatewaySettings = {
  ...commonSettings,
  ...upstreams,
  /** Health and metrics for operators; bound to this machine only. */
  GATEWAY_ADMIN_PORT: setting(port, 8090),
  GATEWAY_ADMIN_HOST: setting((value: string) => value, '127.0.0.1'),
  /** Origins of browsers that may call; none by default. */
  CORS_ORIGINS: setting(listOf(url('http', 'https')), []),
  REQUESTS_PER_ADDRESS: setting(integer(1, 100_000_000), 6000),
  /** Longer than the longest wait a caller may ask for. */
  UPSTREAM_TIMEOUT_MS: setting(integer(100, 600_000), 35_000),
};

export type GatewayConfig = ConfigOf<typeof gatewaySettings>;
