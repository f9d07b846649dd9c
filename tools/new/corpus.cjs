// The corpus has one stored event of every version that was ever written.
const { createHash } = require('node:crypto');

const CORPUS = 'libs/contracts/corpus/events.jsonl';

/** A UUID that is the same for the same text. */
function idOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const storedEvents = changes =>
  changes
    .read(CORPUS)
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
const nextPosition = (stored, log) => 1 + stored.filter(({ source }) => source === `/${log}`).length;

/** Adds the first version of an event type, about the sample aggregate of its log. */
function sampleEvent(changes, { log, name, type, data = {} }) {
  const position = nextPosition(storedEvents(changes), log);
  const subject = idOf(`sample ${name}`);
  const id = idOf(`${type} v1`);
  const event = {
    specversion: '1.0',
    id,
    source: `/${log}`,
    type: `shop.${log}.${type}.v1`,
    subject: `${name}-${subject}`,
    time: '2026-01-05T11:00:00.000Z',
    datacontenttype: 'application/json',
    log: idOf(`log of ${log}`),
    position,
    streamversion: position,
    commandid: id,
    correlationid: id,
    causationid: id,
    data: { [`${name}Id`]: subject, userId: '0190a1b2-0000-7000-8000-000000000c01', ...data },
  };
  changes.append(CORPUS, JSON.stringify(event));
}

/** Adds the next version of an event type, with the data of the one before. Gives the number of that, undefined where there is none. */
function sampleOfNext(changes, { log, type }) {
  const stored = storedEvents(changes);
  const versions = stored.filter(event => event.type.startsWith(`shop.${log}.${type}.v`));
  const before = versions.at(-1);
  if (!before) return undefined;
  const last = versions.length;
  const id = idOf(`${type} v${last + 1}`);
  const position = nextPosition(stored, log);
  const event = {
    ...before,
    id,
    type: `shop.${log}.${type}.v${last + 1}`,
    position,
    streamversion: position,
    commandid: id,
    correlationid: id,
    causationid: id,
  };
  changes.append(CORPUS, JSON.stringify(event));
  return last;
}

module.exports = { CORPUS, sampleEvent, sampleOfNext };
