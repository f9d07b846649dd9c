// The configuration of a nats-server on which every service may do its own work and nothing else.
const { createUser } = require('nkeys.js');
const { SERVICES } = require('../services.cjs');

/** JetStream stream by log. */
const LOGS = Object.fromEntries(
  SERVICES.filter(({ ownsLog }) => ownsLog).map(({ database }) => [database, database.toUpperCase()]),
);
// Who reads which logs, and as what: the names of projections and process steps.
const READERS = {
  ...Object.fromEntries(SERVICES.map(({ program, reads }) => [program, reads])),
  tools: Object.fromEntries(Object.keys(LOGS).map(log => [log, []])),
};
/** Names under which a reader may read: its own, and one for each partition that it may be split into. */
function namesOf(program, reader) {
  const counts = SERVICES.find(service => service.program === program)?.partitions[reader] ?? [];
  const partitions = counts.flatMap(of => Array.from({ length: of }, (_, i) => `${reader}-${i + 1}of${of}`));
  return [reader, ...partitions];
}
// Generations of a projection that may be kept current at once; consumers are named after their place among them.
const PLACES = [0, 1, 2];

/** A key pair for each service, those that are `kept` as they are: `{name: {publicKey, seed}}`. The server needs the public keys only. */
function makeNatsKeys(kept = {}) {
  const missing = Object.keys(READERS).filter(name => !(name in kept));
  const made = missing.map(name => {
    const pair = createUser();
    return [name, { publicKey: pair.getPublicKey(), seed: new TextDecoder().decode(pair.getSeed()) }];
  });
  return { ...kept, ...Object.fromEntries(made) };
}

function permissionsOf(name) {
  const stream = LOGS[name];
  const owned = stream
    ? [
        `shop.${name}.>`,
        `poke.${name}`,
        // DELETE: a stream whose files are gone under the server must be made anew to store again.
        ...['CREATE', 'UPDATE', 'INFO', 'MSG.GET', 'DELETE'].map(verb => `$JS.API.STREAM.${verb}.${stream}`),
      ]
    : [];
  const reading = Object.entries(READERS[name]).flatMap(([log, readers]) => {
    const from = LOGS[log];
    // NATS has no wildcard inside a name, so each consumer is listed: nobody can touch another's.
    const consumers = readers
      .flatMap(reader => namesOf(name, reader))
      .flatMap(reader => PLACES.map(place => `${name}_${reader}_${place}`));
    return [
      `log.head.${log}`,
      `log.read.${log}`,
      `$JS.API.STREAM.INFO.${from}`,
      ...consumers.flatMap(consumer => [
        ...['CREATE', 'DURABLE.CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map(
          verb => `$JS.API.CONSUMER.${verb}.${from}.${consumer}`,
        ),
        `$JS.ACK.${from}.${consumer}.>`,
      ]),
    ];
  });
  const subscribe = [`_INBOX_${name}.>`, ...(stream ? [`log.head.${name}`, `log.read.${name}`, `poke.${name}`] : [])];
  if (name === 'users') subscribe.push('jwks.get');
  return { publish: [...owned, ...reading, 'jwks.get'], subscribe };
}

/**
 * Owners answer to the private inbox of whoever asked, once, and nowhere else. The server remembers every message with a
 * reply subject that such a client gets, JetStream's too, until the permission expires: whoever only reads must not have
 * it, and without an expiry readers slow down to a crawl (servers before 2.10.23 search the whole memory per message).
 * Readers wait for five seconds: an answer after the sixth is refused, and would be nobody's.
 */
const ANSWERS = '\n        allow_responses: { max: 1, expires: "6s" }';

const list = subjects => `[${subjects.map(subject => JSON.stringify(subject)).join(', ')}]`;

/**
 * Text of a server configuration. `users`: public keys by service name, as makeNatsKeys gives them. `host` 127.0.0.1 keeps
 * it on this machine; in containers the network does. No monitoring port.
 */
function natsConfig({ host = '127.0.0.1', port, storeDir, users, maxPayload = 1_048_576, maxFileStore = '20GB' }) {
  const entries = Object.entries(users).map(([name, { publicKey }]) => {
    const { publish, subscribe } = permissionsOf(name);
    return `    { nkey: ${publicKey}, permissions: {\n        publish: { allow: ${list(publish)} }\n        subscribe: { allow: ${list(subscribe)} }${LOGS[name] ? ANSWERS : ''} } }`;
  });
  return `# Written by the set-up; changes are overwritten.
host: ${host}
port: ${port}
server_name: foldline
max_payload: ${maxPayload}
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_memory_store: 64MB, max_file_store: ${maxFileStore} }
authorization {
  users: [
${entries.join(',\n')}
  ]
}
`;
}

/** What makes a server a node of a cluster on this machine; `routePorts`: of all its nodes. */
function clusterConfig(routePort, routePorts) {
  const routes = list(routePorts.map(port => `nats://127.0.0.1:${port}`));
  return `cluster { name: foldline, listen: "127.0.0.1:${routePort}", routes: ${routes} }\n`;
}

module.exports = { clusterConfig, makeNatsKeys, natsConfig };
