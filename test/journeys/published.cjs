// Prints what the broker holds of every log, read with the rights of the log's owner: `node published.cjs URL SECRETS_FILE`.
const { connect, nkeyAuthenticator } = require('nats');
const { SERVICES } = require('../../tools/services.cjs');

async function print(servers, log, seed) {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));
  const connection = await connect({ servers, authenticator, inboxPrefix: `_INBOX_${log}` });
  const { streams } = await connection.jetstreamManager({ checkAPI: false, timeout: 30_000 });
  const { state } = await streams.info(log.toUpperCase());
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { subject, header, data } = await streams.getMessage(log.toUpperCase(), { seq });
    const headers = Object.fromEntries([...header].map(([name, [value]]) => [name, value]));
    console.log(JSON.stringify({ subject, headers, event: JSON.parse(new TextDecoder().decode(data)) }));
  }
  await connection.close();
}

async function main([servers, secretsFile]) {
  const { nats } = require(secretsFile);
  for (const { database: log } of SERVICES.filter(({ ownsLog }) => ownsLog)) await print(servers, log, nats[log].seed);
}

main(process.argv.slice(2)).catch(error => {
  console.error(error.message);
  process.exitCode = 1;
});
