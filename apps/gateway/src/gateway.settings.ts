/** The settings of the gateway. */
import { commonSettings, integer, listOf, port, setting, url, type ConfigOf } from '@foldline/service-kit';

export const gatewaySettings = {
  ...commonSettings,
  /** Health and metrics for operators; bound to this machine only. */
  GATEWAY_ADMIN_PORT: setting(port, 8090),
  GATEWAY_ADMIN_HOST: setting((value: string) => value, '127.0.0.1'),
  USERS_URL: setting(url('http', 'https'), 'http://127.0.0.1:8081'),
  PRODUCTS_URL: setting(url('http', 'https'), 'http://127.0.0.1:8082'),
  ORDERS_URL: setting(url('http', 'https'), 'http://127.0.0.1:8083'),
  QUERY_URL: setting(url('http', 'https'), 'http://127.0.0.1:8084'),
  /** Origins of browsers that may call; none by default. */
  CORS_ORIGINS: setting(listOf(url('http', 'https')), []),
  REQUESTS_PER_ADDRESS: setting(integer(1, 100_000_000), 6000),
  /** Longer than the longest wait a caller may ask for. */
  UPSTREAM_TIMEOUT_MS: setting(integer(100, 600_000), 35_000),
};

export type GatewayConfig = ConfigOf<typeof gatewaySettings>;
