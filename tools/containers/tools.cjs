// `docker compose run --rm tools <tool>`: one of the built tools, in a container beside the shop.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const BUILT = join(__dirname, '../../dist/tools');
const built = name => join(BUILT, name, 'main.js');
const TOOLS = {
  secrets: () => require('./make-secrets.cjs').makeSecrets('/secrets', process.env),
  setup: () => require(built('setup')),
  demo: () => require(built('demo')),
  replay: () => require(built('replay')),
  keys: () => require(built('keys')),
  login: () =>
    console.log(`${process.env.ADMIN_EMAIL}  ${readFileSync(process.env.ADMIN_PASSWORD_FILE, 'utf8').trim()}`),
};

const [name, ...args] = process.argv.slice(2);
if (TOOLS[name]) {
  process.argv = [process.argv[0], name, ...args];
  TOOLS[name]();
} else {
  console.error(`There is no tool "${name ?? ''}"; there are: ${Object.keys(TOOLS).join(', ')}`);
  process.exitCode = 2;
}
