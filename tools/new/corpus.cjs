// The corpus has one stored event of every version that was ever written.
const { createHash } = require('node:crypto');

const CORPUS = 'libs/contracts/corpus/events.jsonl';

/** A UUID that is the same for the same text. */
function idOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Adds the first version of an event type, about the sample aggregate of its log. */
function sampleEvent(changes, { log, name, type, data = {} }) {
  const before = changes
    .read(CORPUS)
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  const position = 1 + before.filter(({ source }) => source === `/${log}`).length;
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

module.exports = { CORPUS, sampleEvent };
