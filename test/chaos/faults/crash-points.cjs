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
/** Milliseconds that every statement which writes rows waits for. */
let slow = 0;
/** Believes that it leads, whoever holds the lock. */
let leadsAnyway = false;

process.on('message', ({ point, slowMs, lead, clockMs, hoard }) => {
  if (point !== undefined) armed = point;
  if (slowMs !== undefined) slow = slowMs;
  if (lead !== undefined) leadsAnyway = lead;
  if (clockMs !== undefined) moveClock(clockMs);
  if (hoard) fillMemory();
});
process.channel?.unref();

const RealDate = Date;
function moveClock(ms) {
  if (ms === 0) {
    globalThis.Date = RealDate;
    return;
  }
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + ms);
      else super(...args);
    }
    static now() {
      return RealDate.now() + ms;
    }
  };
}

/** Until the heap has no room for more. */
function fillMemory() {
  const hoard = [];
  setInterval(() => {
    for (let i = 0; i < 50; i += 1) hoard.push(Array.from({ length: 10_000 }, (_, n) => ({ n })));
  }, 10);
}

/** Nothing of the process runs after this; for a point that only stops it, not before somebody lets it. */
function crash(point) {
  if (armed === `stop-${point}`) {
    armed = undefined;
    writeFileSync(process.env.CHAOS_CRASHED, `stop-${point}\n`, { flag: 'a' });
    process.kill(process.pid, 'SIGSTOP');
    return;
  }
  if (armed !== point) return;
  writeFileSync(process.env.CHAOS_CRASHED, `${point}\n`, { flag: 'a' });
  process.kill(process.pid, 'SIGKILL');
}

const textOf = query => (typeof query === 'string' ? query : query?.text);

const kindOf = ([query, values]) => {
  const text = textOf(query);
  if (typeof text !== 'string') return undefined;
  // Only a step of the purchase moves a checkpoint with its append.
  if (STATEMENTS.append.test(text) && armed?.endsWith('-step'))
    return (query.values ?? values)?.[4] ? 'step' : undefined;
  return Object.keys(STATEMENTS).find(kind => STATEMENTS[kind].test(text));
};

/** What a leader asks about its lock, always answered with yes. */
const LOCKED = [
  [/pg_try_advisory_lock\(\$1::bigint\)/, 'select true as got where $1::bigint is not null'],
  [/from pg_catalog\.pg_locks/, 'select where $1::bigint is not null'],
];
function withLock(args) {
  const text = textOf(args[0]);
  const [, yes] = (typeof text === 'string' && LOCKED.find(([question]) => question.test(text))) || [];
  if (!yes) return args;
  const [query, ...rest] = args;
  return [typeof query === 'string' ? yes : { ...query, name: undefined, text: yes }, ...rest];
}

const pg = require('pg');
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (...asked) {
  const args = leadsAnyway ? withLock(asked) : asked;
  const kind = armed !== undefined || slow > 0 ? kindOf(args) : undefined;
  if (kind === 'rows' && slow > 0) {
    writeFileSync(process.env.CHAOS_CRASHED, 'slow-rows\n', { flag: 'a' });
    // As a handler that is busy all that time: nothing else of the process runs.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slow);
  }
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

if (process.env.READ_STORE === 'mongo') require('./mongo-crash-points.cjs')(crash);
