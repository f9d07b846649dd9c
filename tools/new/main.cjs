// Reads what is wanted, plans all changes, writes them as a whole, and says what to do next.
const { parseArgs } = require('node:util');
const { ROOT } = require('../prepare/root.cjs');
const { Changes } = require('./changes.cjs');
const { newEvent } = require('./event.cjs');
const { newProjection } = require('./projection.cjs');
const { RefusedError } = require('./refused.cjs');
const { newService } = require('./service.cjs');
const { newVersion } = require('./version.cjs');

const KINDS = { service: newService, event: newEvent, version: newVersion, projection: newProjection };

const USAGE = `Usage:
  npm run new -- service NAME [--one SINGULAR]        a service with a log and a database of its own
  npm run new -- event SERVICE EVENT                  an event type of a service
  npm run new -- version SERVICE EVENT                the next version of an event type
  npm run new -- projection SERVICE NAME LOG...       a projection of logs, kept in the service's database
  --dry-run                                           only says what would change
Exit codes: 0 done, 1 failed, 2 refused: nothing was changed.`;

function read(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'dry-run': { type: 'boolean' }, one: { type: 'string' }, help: { type: 'boolean' } },
    });
    const [kind, ...names] = positionals;
    return { kind, names, options: values };
  } catch (error) {
    throw new RefusedError('bad-usage', `${error.message.split('.')[0]}.\n${USAGE}`);
  }
}

async function runNew(args, { say, complain, root = ROOT }) {
  try {
    const { kind, names, options } = read(args);
    if (options.help) {
      say(USAGE);
      return 0;
    }
    if (!Object.hasOwn(KINDS, kind ?? '')) throw new RefusedError('bad-usage', `Say what is wanted.\n${USAGE}`);
    const changes = new Changes(root);
    const next = KINDS[kind](changes, names, options);
    const files = await changes.list();
    if (!options['dry-run']) changes.write();
    const verb = options['dry-run']
      ? { true: 'would write', false: 'would change' }
      : { true: 'wrote', false: 'changed' };
    for (const { path, isNew } of files) say(`${verb[isNew].padEnd(13)}${path}`);
    if (!options['dry-run']) say(`\nNext:\n${next.map(line => `  - ${line}`).join('\n')}`);
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    complain(`${error.message}\nNothing was changed (${error.code}).`);
    return 2;
  }
}

module.exports = { runNew };
