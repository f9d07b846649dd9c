// A new event type of a service: its contract, a stored event for the corpus, and the first thing it means to the aggregate.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { sampleEvent } = require('./corpus.cjs');
const { checkEvent } = require('./names.cjs');
const { RefusedError } = require('./refused.cjs');

/** The names of an existing service; throws for one that there is not. */
function ownerNames(changes, names) {
  const { owners } = changes.json('libs/contracts/services.json');
  if (!Object.hasOwn(owners, names ?? ''))
    throw new RefusedError(
      'unknown-service',
      `There is no service ${JSON.stringify(names ?? '')} with a log; there are: ${Object.keys(owners).join(', ')}.`,
    );
  const registry = changes.read('libs/contracts/src/events/registry.ts');
  const [, name] = new RegExp(`^  ${names}: (\\w+)Events\\.versions,$`, 'm').exec(registry) ?? [];
  const events = `libs/contracts/src/events/${name}.events.ts`;
  if (!name || !existsSync(join(changes.root, events)))
    throw new RefusedError('place-not-found', `The events of ${names} are not found through registry.ts.`);
  return { names, name, Name: name.replace(/^./, first => first.toUpperCase()), events };
}

function newEvent(changes, [service, type]) {
  const { names, name, Name, events } = ownerNames(changes, service);
  checkEvent(type);
  const registered = changes.read('libs/contracts/corpus/events.jsonl').includes(`.${type}.v1"`);
  if (registered || new RegExp(`\\b${type}(V1)?\\b`).test(changes.read(events)))
    throw new RefusedError('name-taken', `There is an event ${type} already: choose another name.`);
  const ids = `@IsId() ${name}Id: ${Name}Id;\n  @IsId() userId: UserId;`;
  const declaration = `export const ${name}Events = `;
  changes.insert(events, 'before', declaration, `export class ${type}V1 {\n  ${ids}\n}\n\n`);
  changes.insert(events, 'before', `});\nexport type ${Name}Event`, `  ${type}: [${type}V1],\n`);
  sampleEvent(changes, { log: names, name, type });
  const evolve = `apps/${names}/src/domain/${name}.evolve.ts`;
  const text = changes.read(evolve);
  const end = /\n {2}\}\n\}\n$/.exec(text)?.[0];
  if (!end) throw new RefusedError('place-not-found', `${evolve} does not end with its switch: add the case by hand.`);
  const state = /function evolve\(_?state/.test(text) ? 'state' : undefined;
  if (!state) throw new RefusedError('place-not-found', `${evolve} has no function evolve(state, event).`);
  const body = text.slice(0, -end.length).replace('evolve(_state', 'evolve(state');
  changes.texts.set(evolve, `${body}\n    case '${type}':\n      return state;${end}`);
  return [
    `Say what it holds: ${events}, and its line in libs/contracts/corpus/events.jsonl.`,
    `Say what it makes of a ${name}: ${evolve}.`,
    `Say when it happens: apps/${names}/src/domain/${name}.decide.ts, and prove it in ${name}.decider.spec.ts.`,
    'Every projection of the log must tell it apart: the compiler names the places (npm run typecheck).',
  ];
}

module.exports = { newEvent, ownerNames };
