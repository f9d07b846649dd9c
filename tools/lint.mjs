// `npm run lint`: formatting, ESLint, import rules, lockfile.
import versions from './prepare/node-version.cjs';

versions.checkNode();
const {
  default: { install },
} = await import('./prepare/install.cjs');
const {
  default: { LINTS, runChecks },
} = await import('./checks/checks.cjs');
install(console.error);
const { failed } = await runChecks(LINTS, console.log);
process.exitCode = failed > 0 ? 1 : 0;
