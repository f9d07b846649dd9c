// `npm stop`, `npm run status | doctor | reset`: need nothing but Node, also before anything was installed.
import versions from './prepare/node-version.cjs';

if (process.argv[2] !== 'doctor') versions.checkNode();
import('./operate/main.cjs').then(({ default: { main } }) => main(process.argv.slice(2)));
