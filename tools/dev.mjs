// `npm run dev [service ...]`: the shop as `npm start` runs it, and what is being worked on built and started anew at every change.
import versions from './prepare/node-version.cjs';

versions.checkNode();
import('./start/main.cjs').then(({ default: { main } }) => main({ dev: process.argv.slice(2) }));
