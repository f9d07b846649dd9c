// Stops what global-setup started.
const { rmSync } = require('node:fs');

module.exports = async () => {
  const { folder, stops, own } = global.foldlineServers ?? { stops: [] };
  global.foldlineServers = undefined;
  delete process.env.TEST_POSTGRES_URL;
  delete process.env.TEST_NATS_URL;
  delete process.env.TEST_MONGO_URL;
  await Promise.all(stops.map(stop => stop()));
  if (folder) rmSync(folder, { recursive: true, force: true });
  own?.remove();
};
