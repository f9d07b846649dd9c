/** The settings of the gateway. */
import { SERVICES, type Service } from '@foldline/contracts';
import {
  commonSettings,
  integer,
  listOf,
  port,
  Refusal,
  setting,
  someOf,
  url,
  type ConfigOf,
  type Parser,
  type Setting,
} from '@foldline/service-kit';

/** The addresses of a service's processes; of each partition in order, where it is split into several. */
export type Upstream = readonly (readonly string[])[];

const processes = someOf(url('http', 'https'));

/** `a,b` are two processes; `a,b;c,d` two of each of two partitions. */
const upstream =
  ({ partitions }: Service): Parser<Upstream> =>
  text => {
    const parsed = text.split(';').map(processes);
    const refused = parsed.find(one => one instanceof Refusal);
    if (refused) return refused;
    if (parsed.length === 1 || partitions.includes(parsed.length)) return parsed as Upstream;
    return partitions.length === 0
      ? new Refusal('must not have a ; in it: this service is not split')
      : new Refusal(`must name the processes of all of ${partitions.join(', ')} partitions, with ; between them`);
  };

type UpstreamSettings = Readonly<Record<`${Service['prefix']}_URL`, Setting<Upstream>>>;
const upstreams = Object.fromEntries(
  SERVICES.map(service => [
    `${service.prefix}_URL`,
    setting(upstream(service), [[`http://127.0.0.1:${service.port}`]]),
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
