// `npm start`: the whole shop from nothing but Node. The version check comes before anything that needs a newer one.
import versions from './prepare/node-version.cjs';
import support from './prepare/support.cjs';

versions.checkNode();
support.checkSystem(line => console.error(line));
import('./start/main.cjs').then(({ default: { main } }) => main());
