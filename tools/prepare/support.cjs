// Says what this system is to us, before anything is installed; written so that any Node can read it.
const EXIT_CONFIG = 78;
/** README.md says which of these are tried, and which only expected to work. */
const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

function isMusl() {
  if (process.platform !== 'linux' || !process.report) return false;
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined;
}

const currentSystem = () => ({ platform: process.platform, arch: process.arch, musl: isMusl() });

/**
 * `{name, state, cure}`: 'supported'; 'unsupported' but possible with servers of the system's own; 'impossible'.
 * The npm packages bring PostgreSQL for 64-bit glibc and macOS only.
 */
function supportOf({ platform, arch, musl }) {
  const name = `${platform}-${arch}${musl ? ' with musl' : ''}`;
  if (platform === 'win32')
    return {
      name,
      state: 'impossible',
      cure: 'Use it inside WSL 2: https://learn.microsoft.com/windows/wsl/install',
    };
  if (SUPPORTED.includes(`${platform}-${arch}`) && !musl) return { name, state: 'supported' };
  return {
    name,
    state: 'unsupported',
    cure: 'Install PostgreSQL 15 or newer and nats-server, and set PG_BIN (the folder with initdb) and NATS_SERVER_BIN; or use docker compose.',
  };
}

/** Ends the process with 78 where the shop cannot run; says so where nobody has tried. */
function checkSystem(say, system = currentSystem(), env = process.env, end = process.exit) {
  const { name, state, cure } = supportOf(system);
  if (state === 'supported') return;
  const bringsServers = env.PG_BIN && env.NATS_SERVER_BIN;
  if (state === 'impossible' || !bringsServers) {
    say(`Foldline does not run on ${name}. ${cure}`);
    end(EXIT_CONFIG);
    return;
  }
  say(`Foldline was never tried on ${name}; going on with PG_BIN and NATS_SERVER_BIN.`);
}

module.exports = { checkSystem, currentSystem, supportOf };
