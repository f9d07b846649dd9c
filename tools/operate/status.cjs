// `npm run status`: what runs, whether it is ready, how far readers are behind, what the disk holds.
const { join } = require('node:path');
const { ask, samples } = require('./ask.cjs');
const { bytes, freeAt, sizeOf } = require('./disk.cjs');
const { running } = require('./running.cjs');
const { table } = require('./table.cjs');

const STORED = ['postgres', 'nats', 'logs'];

function troubleOf({ status, body, error }) {
  if (error) return error;
  if (status === 200) return undefined;
  try {
    const failing = JSON.parse(body).checks.filter(({ ok, serving }) => serving && !ok);
    return failing.map(({ name, reason }) => (reason ? `${name}: ${reason}` : name)).join('; ') || `answers ${status}`;
  } catch {
    return `answers ${status}`;
  }
}

/** A service's readiness, and what its metrics say about readers of logs and about its relay. */
async function lookAt([name, { url, pid }]) {
  const [ready, metrics] = await Promise.all([
    ask(`${url}/readyz`),
    name === 'gateway' ? { body: '' } : ask(`${url}/metrics`),
  ]);
  const found = samples(metrics.body ?? '');
  const valueOf = (metric, labels) =>
    found.find(
      sample =>
        sample.name === `foldline_projection_${metric}` &&
        sample.labels.reader === labels.reader &&
        sample.labels.log === labels.log,
    )?.value ?? 0;
  const readers = found
    .filter(sample => sample.name === 'foldline_projection_lag_events')
    .map(({ labels, value }) => ({
      service: name,
      reader: labels.reader,
      log: labels.log,
      lagEvents: value,
      lagSeconds: valueOf('lag_seconds', labels),
      halted: valueOf('halted', labels) === 1,
      parked: valueOf('parked_events', labels),
    }));
  const relayLag = found.find(sample => sample.name === 'foldline_relay_lag_events')?.value;
  return { process: { name, pid, url, trouble: troubleOf(ready) }, readers, relayLag };
}

async function look({ dataDir }) {
  const { launcher, processes, run } = running(dataDir);
  const services = await Promise.all(Object.entries(run?.services ?? {}).map(lookAt));
  const servers = [
    ...(run?.postgres.pid
      ? [{ name: 'PostgreSQL', pid: run.postgres.pid, url: run.postgres.dataDir, mark: 'postgres' }]
      : []),
    ...(run?.nats.pid ? [{ name: 'NATS', pid: run.nats.pid, url: run.nats.url, mark: 'nats' }] : []),
  ].map(({ mark, ...server }) => ({ ...server, trouble: processes[mark] ? undefined : 'does not run' }));
  const relays = services.filter(({ relayLag }) => relayLag !== undefined);
  return {
    dataDir,
    state:
      launcher === undefined
        ? Object.keys(processes).length > 0
          ? 'left-over'
          : 'stopped'
        : run
          ? 'running'
          : 'starting',
    launcher: launcher ?? null,
    processes: [...services.map(({ process }) => process), ...servers].map(({ trouble, ...rest }) => ({
      ...rest,
      ready: trouble === undefined,
      ...(trouble !== undefined && { trouble }),
    })),
    readers: services.flatMap(({ readers }) => readers),
    relays: relays.map(({ process: { name }, relayLag }) => ({ service: name, lagEvents: relayLag })),
    disk: {
      ...Object.fromEntries(STORED.map(name => [name, sizeOf(join(dataDir, name))])),
      free: freeAt(dataDir),
    },
  };
}

const SAYS = {
  running: found => `Foldline runs on ${found.dataDir} (process ${found.launcher}).`,
  starting: found => `Foldline is starting on ${found.dataDir} (process ${found.launcher}).`,
  stopped: found => `Nothing runs on ${found.dataDir}. To start it: npm start`,
  'left-over': found => `A start on ${found.dataDir} was killed and left processes behind. To stop them: npm stop`,
};

function text(found) {
  const { processes, readers, relays, disk } = found;
  const parts = [SAYS[found.state](found)];
  if (processes.length > 0)
    parts.push(
      table([
        ['process', 'pid', 'where', 'state'],
        ...processes.map(({ name, pid, url, trouble }) => [name, String(pid ?? '-'), url, trouble ?? 'ready']),
      ]),
    );
  if (readers.length > 0)
    parts.push(
      table([
        ['reader', 'log', 'behind', 'parked', 'state'],
        ...readers.map(({ reader, log, lagEvents, lagSeconds, parked, halted }) => [
          reader,
          log,
          lagEvents === 0 ? 'level' : `${lagEvents} events, ${Math.round(lagSeconds)} s`,
          String(parked),
          halted ? 'HALTED' : 'reading',
        ]),
        ...relays.map(({ service, lagEvents }) => [
          `relay of ${service}`,
          service,
          lagEvents === 0 ? 'level' : `${lagEvents} events`,
          '-',
          'publishing',
        ]),
      ]),
    );
  const used = STORED.map(name => `${name} ${bytes(disk[name])}`).join(', ');
  parts.push(`Disk: ${used}; ${bytes(disk.free)} free.`);
  return parts.join('\n\n');
}

/** 0 when all is ready and no reader halted, else 1. */
async function status(settings, { json }) {
  const found = await look(settings);
  console.log(json ? JSON.stringify(found) : text(found));
  const well =
    found.state === 'running' &&
    found.processes.every(({ ready }) => ready) &&
    !found.readers.some(({ halted }) => halted);
  return well ? 0 : 1;
}

module.exports = { status };
