// A new projection of logs, kept in the database of the service that needs it: tables and fold, a spec, a reader, and its rights.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { camel, checkProjection, upperFirst } = require('./names.cjs');
const { RefusedError } = require('./refused.cjs');

const TEMPLATE = join(__dirname, 'templates/projection');
const SERVICES = 'libs/contracts/services.json';
const TARGETS = 'tools/replay/targets.ts';

/** By its short name or by the folder of its program. */
function findService(changes, given) {
  const { owners, readers } = changes.json(SERVICES);
  for (const [group, services] of Object.entries({ owners, readers }))
    for (const [database, { program = database }] of Object.entries(services))
      if (given === database || given === program) return { group, database, program, logs: Object.keys(owners) };
  throw new RefusedError(
    'unknown-service',
    `There is no service ${JSON.stringify(given ?? '')}; there are: ${Object.keys({ ...owners, ...readers }).join(', ')}.`,
  );
}

function checkLogs(asked, logs) {
  const unknown = asked.filter(log => !logs.includes(log));
  if (asked.length === 0 || unknown.length > 0 || new Set(asked).size < asked.length)
    throw new RefusedError('bad-usage', `Name the logs to be read, each once, out of ${logs.join(', ')}.`);
}

/** The broker lets it read these logs under this name. */
function grantReading(changes, before, { database, name, asked }) {
  const reads = { ...before };
  for (const log of asked) reads[log] = [...(reads[log] ?? []), name];
  const text = changes.read(SERVICES);
  const [service] = new RegExp(`^    "${database}": \\{[^]*?"reads": \\{[^}]*\\}`, 'm').exec(text) ?? [];
  const declared = service && /"reads": \{[^}]*\}$/.exec(service)[0];
  changes.insert(SERVICES, 'instead', service, service.replace(declared, `"reads": ${JSON.stringify(reads)}`));
}

/** Types of a log's events, from its declaration. */
function eventTypes(changes, log) {
  const registry = changes.read('libs/contracts/src/events/registry.ts');
  const [, name] = new RegExp(`^  ${log}: (\\w+)Events\\.versions,$`, 'm').exec(registry) ?? [];
  const text = name ? changes.read(`libs/contracts/src/events/${name}.events.ts`) : '';
  const [, declared = ''] = /= defineEvents\('\w+', \{\n([^]*?)\n\}\);/.exec(text) ?? [];
  return [...declared.matchAll(/^ {2}(\w+): \[/gm)].map(([, type]) => type);
}

function newProjection(changes, [service, given, ...asked]) {
  const { group, database, program, logs } = findService(changes, service);
  const name = checkProjection(given);
  checkLogs(asked, logs);
  const declared = Object.values(changes.json(SERVICES)).flatMap(services => Object.values(services));
  if (declared.some(({ reads }) => Object.values(reads).some(names => names.includes(name))))
    throw new RefusedError('name-taken', `There is a projection or step ${name} already: choose another name.`);
  grantReading(changes, changes.json(SERVICES)[group][database].reads, { database, name, asked });
  const types = asked.flatMap(log => eventTypes(changes, log));
  const words = {
    GADGETS: camel(name),
    Gadgets: upperFirst(camel(name)),
    gadgets: name,
    gadget_rows: name.replaceAll('-', '_'),
    "'LOGS'": asked.map(log => `'${log}'`).join(', '),
    "'LOG_UNION'": asked.map(log => `'${log}'`).join(' | '),
    "    case 'TYPES':": types.map(type => `    case '${type}':`).join('\n'),
  };
  const pattern = new RegExp(
    Object.keys(words)
      .sort((a, b) => b.length - a.length)
      .join('|'),
    'g',
  );
  for (const file of ['.project.ts', '.project.spec.ts', '.reader.ts']) {
    const text = readFileSync(join(TEMPLATE, `gadgets${file}.txt`), 'utf8');
    changes.create(
      `apps/${program}/src/${name}/${name}${file}`,
      text.replace(pattern, word => words[word]),
    );
  }
  const path = `apps/${program}/src/${name}/${name}.project`;
  changes.insert(TARGETS, 'before', 'import { knownFacts }', `import { ${camel(name)} } from '../../${path}';\n`);
  changes.insert(
    TARGETS,
    'before',
    '];\n\nexport const nameOf',
    `  { model: { projection: ${camel(name)} }, database: '${database}', stores: ['postgres'], keptBy: '${program}', scopes: {} },\n`,
  );
  return [
    `Say what its rows are and what events make of them: ${path}.ts; prove it in its spec.`,
    `Keep it: in the module of apps/${program}, keepProjection(kit, { projection: ${camel(name)}, url: config.DATABASE_URL, reader, feed }).`,
    `Read it: ${upperFirst(camel(name))}Reader, given to a query handler.`,
  ];
}

module.exports = { newProjection };
