// `npm run new -- service | event | version | projection`: writes the skeleton in house style and the few lines that make it known.
import versions from './prepare/node-version.cjs';

versions.checkNode();
const {
  default: { install },
} = await import('./prepare/install.cjs');
const {
  default: { runNew },
} = await import('./new/main.cjs');
install(console.error);
process.exitCode = await runNew(process.argv.slice(2), { say: console.log, complain: console.error });
