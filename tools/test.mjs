// `npm test`: sets itself up, then checks form, style, imports and types, and runs every test on real servers.
import versions from './prepare/node-version.cjs';
import support from './prepare/support.cjs';

versions.checkNode();
support.checkSystem(line => console.error(line));
import('./test/main.cjs').then(({ default: { main } }) => main(process.argv.slice(2)));
