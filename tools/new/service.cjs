// A new service: its files from the template, and a place in every list that cannot be made from services.json.
const { readdirSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { sampleEvent } = require('./corpus.cjs');
const { serviceNames } = require('./names.cjs');
const { RefusedError } = require('./refused.cjs');

const TEMPLATE = join(__dirname, 'templates/service');
const SERVICES = 'libs/contracts/services.json';
const CONTRACTS = 'libs/contracts/src';

function* filesIn(folder, path = '') {
  for (const entry of readdirSync(join(folder, path)).sort()) {
    const inside = path ? `${path}/${entry}` : entry;
    if (statSync(join(folder, inside)).isDirectory()) yield* filesIn(folder, inside);
    else yield inside;
  }
}

/** The template is a service of widgets. */
const named = ({ names, Names, name, Name }) => {
  const words = { widgets: names, Widgets: Names, widget: name, Widget: Name };
  return text => text.replace(/[Ww]idgets?/g, word => words[word]);
};

function declare(changes, { names }) {
  const { owners, readers } = changes.json(SERVICES);
  const all = { ...owners, ...readers };
  const taken = Object.values(all).flatMap(({ program }) => program ?? []);
  if (Object.hasOwn(all, names) || taken.includes(names))
    throw new RefusedError('name-taken', `There is a service ${names} already: choose another name.`);
  const port = 1 + Math.max(...Object.values(all).map(service => service.port));
  const service = { port, routes: [`/${names}`, `/${names}/:id`], reads: {} };
  const ends = '\n  },\n  "readers": {';
  changes.insert(SERVICES, 'before', ends, `,\n    "${names}": ${JSON.stringify(service).replace('{', '{\n')}`);
  const { type, entryFile, compilerOptions } = changes.json('nest-cli.json').projects.gateway;
  const root = `apps/${names}`;
  const project = JSON.stringify({ type, root, entryFile, sourceRoot: `${root}/src`, compilerOptions });
  changes.insert('nest-cli.json', 'before', '    "gateway": {\n', `    "${names}": ${project.replace('{', '{\n')},\n`);
}

function addContracts(changes, { names, name, Name }) {
  changes.insert(
    `${CONTRACTS}/index.ts`,
    'before',
    "export * from './events/registry';\n",
    `export * from './events/${name}.events';\n`,
  );
  changes.insert(`${CONTRACTS}/ids.ts`, 'before', '\nconst UUID =', `export type ${Name}Id = Branded<'${Name}Id'>;\n`);
  changes.insert(
    `${CONTRACTS}/ids.ts`,
    'after',
    'export const streamOf = {\n',
    `  ${name}: (id: ${Name}Id): string => \`${name}-\${id}\`,\n`,
  );
  const registry = `${CONTRACTS}/events/registry.ts`;
  changes.insert(
    registry,
    'after',
    "import type { EventVersion } from './define';\n",
    `import { ${name}Events, type ${Name}Event } from './${name}.events';\n`,
  );
  changes.insert(registry, 'after', 'export interface EventsOfLog {\n', `  readonly ${names}: ${Name}Event;\n`);
  changes.insert(
    registry,
    'after',
    'Readonly<Record<LogName, readonly EventVersion[]>> = {\n',
    `  ${names}: ${name}Events.versions,\n`,
  );
  sampleEvent(changes, {
    log: names,
    name,
    type: `${Name}Created`,
    data: { text: 'First', createdAt: '2026-01-05T11:00:00.000Z' },
  });
}

/** Compose reads one static file: it is the one place that repeats what services.json says, and a test compares them. */
function addContainer(changes, { names }) {
  const PREFIX = names.toUpperCase();
  const add = (anchor, lines) =>
    changes.insert('docker-compose.yml', 'before', anchor, lines.map(line => `${line}\n`).join(''));
  const secret = (folder, name, what) => `      ${PREFIX}_${name}_FILE: /secrets/${folder}/${names}-${what}`;
  add('      - query-secrets:/secrets/query\n', [`      - ${names}-secrets:/secrets/${names}`]);
  add('      QUERY_DATABASE_URL_FILE: /secrets/setup/', [
    secret('setup', 'DATABASE_URL', 'database-url'),
    secret('setup', 'OWNER_PASSWORD', 'owner-password'),
  ]);
  add('      QUERY_DATABASE_URL_FILE: /secrets/tools/', [
    secret('tools', 'DATABASE_URL', 'database-url'),
    secret('tools', 'OWNER_PASSWORD', 'owner-password'),
  ]);
  add('  user-orders-query:\n    <<: *service\n', [
    `  ${names}:`,
    '    <<: *service',
    `    build: { context: ., target: app, args: { APP: ${names} } }`,
    `    image: foldline/${names}`,
    '    environment:',
    '      <<: [*environment, *store]',
    '    volumes:',
    `      - ${names}-secrets:/run/secrets/foldline:ro`,
    '',
  ]);
  add('      QUERY_URL: http://user-orders-query:8080\n', [`      ${PREFIX}_URL: http://${names}:8080`]);
  add('      user-orders-query: { condition: service_healthy }\n', [`      ${names}: { condition: service_healthy }`]);
  add('  query-secrets:\n', [`  ${names}-secrets:`]);
}

/** Gives what to do next. */
function newService(changes, [given], { one }) {
  const names = serviceNames(given, one);
  const inNames = named(names);
  declare(changes, names);
  for (const file of filesIn(TEMPLATE))
    changes.create(inNames(file).replace(/\.txt$/, ''), inNames(readFileSync(join(TEMPLATE, file), 'utf8')));
  addContracts(changes, names);
  addContainer(changes, names);
  return [
    `Say what a ${names.name} is: ${CONTRACTS}/events/${names.name}.events.ts, then apps/${names.names}/src/domain/.`,
    `Try it: npx jest --testPathPatterns apps/${names.names}`,
    'docs/your-own-service.md shows how it goes on.',
    'Document its calls: UPDATE_OPENAPI=1 npx jest --selectProjects e2e --testPathPatterns openapi',
  ];
}

module.exports = { newService };
