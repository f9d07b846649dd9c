// Finds out before anything starts whether the ports are free.
const { createServer } = require('node:net');

function listen(port, host) {
  return new Promise(done => {
    const server = createServer();
    server.once('error', error => done({ error }));
    server.listen({ port, host, exclusive: true }, () => {
      const taken = server.address().port;
      server.close(() => done({ port: taken }));
    });
  });
}

const troubles = {
  EADDRINUSE: (name, port) => `${name} ${port} is used by another program`,
  EACCES: (name, port) => `${name} ${port} may not be opened by this user`,
  EADDRNOTAVAIL: (name, port, host) => `HOST ${host} is not an address of this machine (for ${name} ${port})`,
};

/** `wanted`: `[{name, port, host}]`. Throws with every port that cannot be opened and the command that goes round it. */
async function assertFree(wanted) {
  const found = await Promise.all(wanted.map(async at => ({ ...at, ...(await listen(at.port, at.host)) })));
  const busy = found.filter(({ error }) => error);
  if (busy.length === 0) return;
  const lines = busy.map(
    ({ name, port, host, error }) =>
      `  - ${(troubles[error.code] ?? (() => `${name} ${port}: ${error.message}`))(name, port, host)}`,
  );
  const instead = await Promise.all(
    busy.map(async ({ name, host }) => `${name}=${(await listen(0, host)).port ?? 18080}`),
  );
  throw new Error(
    `Some ports cannot be used:\n${lines.join('\n')}\nStop that program, or choose others:\n  ${instead.join(' ')} npm start`,
  );
}

module.exports = { assertFree };
