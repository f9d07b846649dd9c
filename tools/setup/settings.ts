/** What the set-up is told by environment; every secret also as NAME_FILE. All that is wrong is listed at once, no value is shown. */
import { readFileSync } from 'node:fs';
import { SERVICES, type Service } from '@foldline/contracts';

export interface SetupSettings {
  readonly adminUrl: string;
  readonly services: readonly {
    readonly service: Service;
    readonly appUrl: string;
    readonly ownerPassword: string;
  }[];
}

const parsed = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
type Environment = Readonly<Record<string, string | undefined>>;

/** Settings, or the list of what is wrong with them. */
export function readSettings(env: Environment): SetupSettings | { readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  const read = (name: string): string => {
    const file = env[`${name}_FILE`];
    let value = env[name];
    if (value !== undefined && file !== undefined) wrong.push(`${name} and ${name}_FILE are both set: set one of them`);
    else if (file !== undefined) {
      try {
        value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      } catch {
        wrong.push(`${name}_FILE names a file that cannot be read`);
        return '';
      }
    }
    if (!value) wrong.push(`${name} is not set`);
    return value ?? '';
  };
  const readUrl = (name: string, complete: boolean): string => {
    const text = read(name);
    if (!text) return text;
    const url = parsed(text);
    if (!url || !/^postgres(ql)?:$/.test(url.protocol))
      wrong.push(`${name} is not an address like postgres://role:password@host:port/database`);
    else if (!url.hostname || !url.username) wrong.push(`${name} names no host or no role`);
    else if (complete && (!url.password || url.pathname.length < 2))
      wrong.push(`${name} names no password or no database`);
    return text;
  };
  const adminUrl = readUrl('SETUP_ADMIN_URL', false);
  const services = SERVICES.map(service => ({
    service,
    appUrl: readUrl(`${service.prefix}_DATABASE_URL`, true),
    ownerPassword: read(`${service.prefix}_OWNER_PASSWORD`),
  }));
  const databases = services.map(({ appUrl }) => parsed(appUrl)?.pathname ?? '');
  if (wrong.length === 0 && new Set(databases).size < databases.length)
    wrong.push('two services share a database: each has one of its own');
  return wrong.length > 0 ? { wrong } : { adminUrl, services };
}
