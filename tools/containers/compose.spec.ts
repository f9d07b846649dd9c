/** No container runs in these tests; what can be known without one is checked here. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DATABASES, SERVICES } from '@foldline/contracts';
import { parse } from 'yaml';

const { makeSecrets } = require('./make-secrets.cjs');

const ROOT = resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string; readonly args?: Readonly<Record<string, string>> };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { services } = compose;
const dockerfile = read('Dockerfile');
const PROGRAMS = [...SERVICES.map(({ program }) => program), 'gateway'];

describe('docker-compose.yml', () => {
  it('opens the gateway to the host and nothing else', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports);
    expect(open.map(([name]) => name)).toEqual(['gateway']);
    expect(services.gateway?.ports).toEqual(['${GATEWAY_BIND:-127.0.0.1}:${GATEWAY_PORT:-8080}:8080']);
  });

  it.each(PROGRAMS)('%s is an image of its own, restarts, and listens inside the network', name => {
    expect(services[name]).toMatchObject({
      image: `foldline/${name}`,
      build: { target: 'app', args: { APP: name } },
      restart: 'unless-stopped',
    });
    expect(services[name]?.profiles).toBeUndefined();
  });

  it('waits with each program for what it needs', () => {
    for (const name of PROGRAMS.slice(0, -1))
      expect(services[name]?.depends_on).toMatchObject({
        setup: { condition: 'service_completed_successfully' },
        nats: { condition: 'service_healthy' },
      });
    for (const name of PROGRAMS.slice(0, -1))
      expect(services.gateway?.depends_on?.[name]).toEqual({ condition: 'service_healthy' });
    expect(services.setup?.depends_on).toEqual({
      secrets: { condition: 'service_completed_successfully' },
      postgres: { condition: 'service_healthy' },
    });
  });

  it('sets every service up, and lets the tools reach its database', () => {
    for (const { prefix, database } of SERVICES) {
      expect(services.setup?.environment).toMatchObject({
        [`${prefix}_DATABASE_URL_FILE`]: `/secrets/setup/${database}-database-url`,
        [`${prefix}_OWNER_PASSWORD_FILE`]: `/secrets/setup/${database}-owner-password`,
      });
      expect(services.tools?.environment).toHaveProperty([`${prefix}_DATABASE_URL_FILE`]);
    }
  });

  it('tells the gateway where each service is', () => {
    for (const { prefix, program } of SERVICES)
      expect(services.gateway?.environment).toMatchObject({ [`${prefix}_URL`]: `http://${program}:8080` });
  });

  it('keeps data of servers on volumes, JetStream where its configuration says', () => {
    expect(services.nats?.volumes).toContain('nats-data:/data');
    expect(services.postgres?.volumes).toContain('postgres-data:/var/lib/postgresql');
    for (const server of ['postgres', 'nats', 'mongo']) expect(services[server]?.healthcheck?.test[0]).toBe('CMD');
  });

  it('keeps the read model in MongoDB with the profile mongo, and needs none of it without', () => {
    const withMongo = Object.entries(services).filter(([, { profiles }]) => profiles?.includes('mongo'));
    expect(withMongo.map(([name]) => name).sort()).toEqual(['mongo', 'read-store']);
    const needs = services['user-orders-query']?.depends_on;
    expect([needs?.mongo?.required, needs?.['read-store']?.required]).toEqual([false, false]);
  });

  it('has tools that reach the gateway', () => {
    expect(services.tools).toMatchObject({ profiles: ['tools'], environment: { GATEWAY_URL: 'http://gateway:8080' } });
  });

  it('holds no secret', () => {
    const values = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    for (const [name, value] of values)
      if (/PASSWORD|SEED|DATABASE_URL|MONGO_URL|ADMIN_URL/.test(name))
        expect(name.endsWith('_FILE') || value === '${ADMIN_PASSWORD:-}').toBe(true);
  });

  it('names only volumes and services that exist', () => {
    const used = Object.values(services).flatMap(({ volumes = [] }) => volumes.map(mount => mount.split(':')[0]));
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const { depends_on } of Object.values(services))
      for (const name of Object.keys(depends_on ?? {})) expect(services).toHaveProperty([name]);
  });
});

describe('Dockerfile', () => {
  it('makes every image that docker-compose.yml builds', () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, stage]) => stage);
    for (const { build } of Object.values(services)) if (build) expect(stages).toContain(build.target);
  });

  it('gives the tools what the secrets are made with', () => {
    const tools = dockerfile.slice(dockerfile.indexOf(' AS tools'));
    for (const file of ['tools/embedded/nats-config.cjs', 'tools/services.cjs', 'libs/contracts/services.json'])
      expect(tools).toContain(`COPY ${file} ./${file}`);
  });

  it('runs its images as an ordinary user and asks for their health with what they have', () => {
    const app = dockerfile.slice(dockerfile.indexOf(' AS app'), dockerfile.indexOf(' AS tools'));
    expect(app).toContain('USER node');
    expect(app).toMatch(/HEALTHCHECK .* CMD \["node", "tools\/containers\/healthy\.cjs"\]/);
    expect(dockerfile.slice(dockerfile.indexOf(' AS tools'))).toContain('USER node');
  });
});

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const all = () =>
    Object.fromEntries(
      readdirSync(folder).flatMap(name =>
        readdirSync(join(folder, name)).map(file => [
          `${name}/${file}`,
          readFileSync(join(folder, name, file), 'utf8'),
        ]),
      ),
    );

  it('are made once', () => {
    makeSecrets(folder, {});
    const first = all();
    makeSecrets(folder, {});
    expect(all()).toEqual(first);
  });

  it('are every file that a container is told to read', () => {
    const files = all();
    const mounts = (service: Service) =>
      (service.volumes ?? []).map(mount => mount.split(':')).filter(([volume]) => volume?.endsWith('-secrets'));
    for (const [name, service] of Object.entries(services))
      for (const [variable, path] of Object.entries(service.environment ?? {})) {
        if (!variable.endsWith('_FILE')) continue;
        const mount = mounts(service).find(([, target]) => path.startsWith(`${target}/`));
        const file = mount && `${mount[0]!.replace('-secrets', '')}/${path.slice(mount[1]!.length + 1)}`;
        expect([name, variable, file && file in files]).toEqual([name, variable, true]);
      }
  });

  it('give no service the key of another', () => {
    const files = all();
    for (const name of DATABASES) {
      const own = Object.entries(files).filter(([path]) => path.startsWith(`${name}/`));
      const others = DATABASES.filter(other => other !== name);
      for (const other of others)
        for (const secret of [files[`${other}/database-url`], files[`${other}/nats-seed`]])
          expect(own.map(([, text]) => text)).not.toContain(secret);
    }
    expect(files['nats/nats.conf']).not.toContain(files['users/nats-seed']);
  });

  it('may be read by whoever is given the folder, and written by nobody', () => {
    expect(statSync(join(folder, 'users/nats-seed')).mode & 0o777).toBe(0o444);
  });

  it('an admin password from outside replaces the made one, and the choice of store is taken anew', () => {
    makeSecrets(folder, { ADMIN_PASSWORD: 'from outside, long enough', READ_STORE: 'mongo' });
    expect(all()).toMatchObject({
      'users/admin-password': 'from outside, long enough',
      'tools/admin-password': 'from outside, long enough',
      'query/read-store': 'mongo',
    });
    makeSecrets(folder, {});
    expect(all()['query/read-store']).toBe('postgres');
  });
});
