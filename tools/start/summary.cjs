// What the terminal shows when the shop is ready.
const { randomBytes } = require('node:crypto');

const quoted = value => `'${JSON.stringify(value)}'`;

function tryOut(gateway) {
  const shopper = {
    email: `ada-${randomBytes(3).toString('hex')}@example.com`,
    password: 'correct horse battery staple',
  };
  const post = (path, body) => `curl -s ${gateway}${path} -H 'content-type: application/json' -d ${quoted(body)}`;
  return [
    `curl -s '${gateway}/products?limit=3'`,
    post('/users', { ...shopper, displayName: 'Ada' }),
    post('/sessions', shopper),
  ];
}

/** Without user and password. */
const readStoreOf = ({ readStore, mongo }) =>
  readStore === 'mongo'
    ? `MongoDB (${mongo.url.replace(/^[^/]*\/\/([^/]*@)?/, '').replace(/\?.*/, '')})`
    : 'PostgreSQL';

function summary({ run, postgresPort, publicUrl, admin, dataDir, logFolder, seconds }) {
  const services = Object.entries(run.services).filter(([name]) => name !== 'gateway');
  const rows = [
    ...services.map(([name, { url }]) => [name, url]),
    ...(run.postgres.pid ? [['PostgreSQL', `127.0.0.1:${postgresPort}`]] : []),
    ...(run.nats.pid ? [['NATS', run.nats.url]] : []),
    ['read model kept in', readStoreOf(run)],
    ['metrics of the gateway', admin],
    ['data', dataDir],
    ['logs', logFolder],
  ];
  const lines = rows.map(([name, value]) => `    ${name.padEnd(23)}${value}`);
  return `
  Foldline is ready (${seconds} s).

    The shop               ${run.gateway}
    Calls to try by hand   ${run.gateway}/docs${publicUrl === run.gateway ? '' : `\n    Known to the world as  ${publicUrl}`}
    The admin's login      ${run.admin.email}  ${run.admin.password}

${lines.join('\n')}

  Try:
${tryOut(run.gateway)
  .map(line => `    ${line}`)
  .join('\n')}

  In another terminal, "npm run demo" fills the shop and goes shopping. Ctrl-C stops everything.
`;
}

module.exports = { summary };
