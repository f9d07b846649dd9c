// The next version of an event: its contract, how what was stored before becomes its own, and a stored event for the corpus.
const { sampleOfNext } = require('./corpus.cjs');
const { checkEvent } = require('./names.cjs');
const { ownerNames } = require('./event.cjs');
const { RefusedError } = require('./refused.cjs');

/** Where the list of an event's versions ends in the source: the place of its closing bracket. */
function endOfVersions(text, type) {
  const start = text.indexOf(`\n  ${type}: [`);
  let depth = 0;
  for (let at = start + 1; start >= 0 && at < text.length; at += 1) {
    if (text[at] === '[') depth += 1;
    if (text[at] === ']' && (depth -= 1) === 0) return at;
  }
  return undefined;
}

function newVersion(changes, [service, type]) {
  const { names, name, events } = ownerNames(changes, service);
  checkEvent(type);
  const last = sampleOfNext(changes, { log: names, type });
  if (last === undefined)
    throw new RefusedError('unknown-event', `${names} has no event ${type}: make it with "npm run new -- event".`);
  const [before, next] = [`${type}V${last}`, `${type}V${last + 1}`];
  changes.insert(events, 'before', `export const ${name}Events = `, `export class ${next} extends ${before} {}\n\n`);
  const text = changes.read(events);
  const end = endOfVersions(text, type);
  if (end === undefined)
    throw new RefusedError(
      'place-not-found',
      `${events} has no list "${type}: [...]" of versions: add ${next} by hand.`,
    );
  const list = text.slice(0, end).trimEnd().replace(/,$/, '');
  const added = `, { data: ${next}, upcast: (before: ${before}) => ({ ...before }) }`;
  changes.texts.set(events, `${list}${added}${text.slice(end)}`);
  return [
    `Say what it holds more, and what events of version ${last} meant by it (upcast): ${events}.`,
    `Give the stored event of version ${last + 1} what it holds more: the last line of libs/contracts/corpus/events.jsonl.`,
    `Say it when it happens: apps/${names}/src/domain/${name}.decide.ts; the compiler names what else must (npm run typecheck).`,
    'Deploy readers first: whoever does not know the version parks it.',
  ];
}

module.exports = { newVersion };
