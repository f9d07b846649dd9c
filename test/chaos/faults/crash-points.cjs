// Loaded into each program of the suite before its own code: ends the process at a named point when it is told to. The
// points lie in the drivers, so that the sources of the shop hold no fault code.
const { writeFileSync } = require('node:fs');

/** What a statement of the shop is, told by its text. */
const STATEMENTS = {
  append: /log\.append\(/,
  rows: /insert into read\.checkpoints/,
  commit: /^commit$/i,
};

let armed;

process.on('message', message => {
  armed = message.point;
});
process.channel?.unref();

/** Nothing of the process runs after this. */
function crash(point) {
  if (armed !== point) return;
  writeFileSync(process.env.CHAOS_CRASHED, `${point}\n`, { flag: 'a' });
  process.kill(process.pid, 'SIGKILL');
}

const kindOf = query => {
  const text = typeof query === 'string' ? query : query?.text;
  return typeof text === 'string' ? Object.keys(STATEMENTS).find(kind => STATEMENTS[kind].test(text)) : undefined;
};

const pg = require('pg');
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (...args) {
  const kind = kindOf(args[0]);
  if (!kind || armed === undefined) return query.apply(this, args);
  crash(`before-${kind}`);
  const result = query.apply(this, args);
  if (typeof result?.then === 'function')
    return result.then(answer => {
      crash(`after-${kind}`);
      return answer;
    });
  return result;
};

const { Socket } = require('node:net');
const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...rest) {
  if (armed !== 'before-ack' && armed !== 'after-publish') return write.call(this, chunk, ...rest);
  const bytes = Buffer.from(chunk);
  if (bytes.includes('PUB $JS.ACK.')) crash('before-ack');
  const sent = write.call(this, chunk, ...rest);
  // Time enough for the broker to have it, and too little for this process to learn of it.
  if (bytes.includes('PUB shop.')) setTimeout(() => crash('after-publish'), 1);
  return sent;
};
