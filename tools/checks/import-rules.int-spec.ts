/** Each import rule is shown one violation; a rule that no longer sees its own is a rule that no longer guards. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const rules = (require('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] }).forbidden.map(
  ({ name }) => name,
);

/** rule → where the violation stands, and what it imports. */
const PLANTED: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'lib-client': ['libs/client/src/a.ts', '@foldline/contracts'],
  'lib-contracts': ['libs/contracts/src/a.ts', '@foldline/decider'],
  'lib-decider': ['libs/decider/src/a.ts', '@foldline/event-log'],
  'lib-postgres': ['libs/postgres/src/a.ts', '@foldline/contracts'],
  'lib-event-log': ['libs/event-log/src/a.ts', '@foldline/relay'],
  'lib-projections': ['libs/projections/src/a.ts', '@foldline/event-log'],
  'lib-projections-mongo': ['libs/projections-mongo/src/a.ts', '@foldline/postgres'],
  'lib-process': ['libs/process/src/a.ts', '@foldline/transport'],
  'lib-transport': ['libs/transport/src/a.ts', '@foldline/event-log'],
  'lib-relay': ['libs/relay/src/a.ts', '@foldline/projections'],
  'lib-service-kit': ['libs/service-kit/src/a.ts', '@foldline/projections'],
  'lib-service-runtime': ['libs/service-runtime/src/a.ts', '@foldline/testing'],
  'domain-is-pure': ['apps/orders/src/domain/order.decide.ts', 'node:crypto'],
  'folds-are-pure': ['apps/orders/src/lookups/prices.project.ts', '@foldline/postgres'],
  'contracts-and-validation-only': ['libs/contracts/src/b.ts', 'pino'],
  'app-never-app': ['apps/orders/src/a.ts', '../../users/src/main'],
  'lib-never-app': ['libs/decider/src/b.ts', '../../../apps/users/src/main'],
  'through-the-index': ['libs/relay/src/b.ts', '../../event-log/src/inside'],
  'app-through-the-index': ['apps/orders/src/b.ts', '../../../libs/event-log/src/inside'],
  'http-hands-over': ['apps/orders/src/http/a.ts', '@foldline/event-log'],
  'query-only-reads': ['apps/user-orders-query/src/a.ts', '@foldline/event-log'],
  'pg-in-one-place': ['apps/orders/src/c.ts', 'pg'],
  'mongoose-in-one-place': ['apps/user-orders-query/src/b.ts', 'mongoose'],
  'nats-in-one-place': ['libs/relay/src/c.ts', 'nats'],
  'nest-at-the-edges': ['libs/process/src/b.ts', '@nestjs/common'],
  'production-never-testing': ['apps/orders/src/d.ts', '@foldline/testing'],
  'before-install-only-node': ['tools/prepare/a.ts', 'pino'],
  'no-cycles': ['libs/process/src/c.ts', './circle'],
  'nothing-missing': ['apps/orders/src/e.ts', './nowhere'],
};

const LIBS = [
  'client',
  'contracts',
  'decider',
  'postgres',
  'event-log',
  'projections',
  'process',
  'transport',
  'projections-mongo',
  'relay',
  'service-kit',
  'service-runtime',
  'testing',
];
const PACKAGES = ['pino', 'pg', 'nats', 'mongoose', '@nestjs/common'];

function cruise(folder: string): { rule: string; from: string }[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'apps',
      'libs',
      'tools',
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout) throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}

describe('import rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-imports-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  let found: { rule: string; from: string }[];

  beforeAll(() => {
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(join(ROOT, file), join(folder, file));
    write('package.json', JSON.stringify({ dependencies: Object.fromEntries(PACKAGES.map(name => [name, '1.0.0'])) }));
    for (const name of PACKAGES) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'module.exports = {};');
    }
    for (const lib of LIBS) write(`libs/${lib}/src/index.ts`, 'export const here = 1;');
    write('libs/event-log/src/inside.ts', 'export const inside = 1;');
    write('apps/users/src/main.ts', 'export const main = 1;');
    write('libs/process/src/circle.ts', "import './c';\nexport const circle = 1;");
    for (const [file, imported] of Object.values(PLANTED)) write(file, `import '${imported}';\n`);
    write('apps/orders/src/domain/order.state.ts', "import '@foldline/contracts';\nimport '@foldline/decider';\n");
    write('apps/orders/src/domain/order.spec.ts', "import '@foldline/testing';\nimport 'node:fs';\n");
    write('apps/orders/src/orders.module.ts', "import '@nestjs/common';\nimport '@foldline/event-log';\n");
    found = cruise(folder);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a violation planted for every rule', () => {
    expect(Object.keys(PLANTED).sort()).toEqual([...rules].sort());
  });

  it.each(Object.keys(PLANTED))('%s sees its violation', name => {
    expect(found).toContainEqual({ rule: name, from: PLANTED[name]![0] });
  });

  it('lets right imports through', () => {
    const planted = new Set(Object.values(PLANTED).map(([file]) => file));
    expect(found.filter(({ from }) => !planted.has(from) && from !== 'libs/process/src/circle.ts')).toEqual([]);
  });
});
