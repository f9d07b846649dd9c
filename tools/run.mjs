// `npm run demo | replay | bench`: runs one of the tools, built from the sources as they are now.
import versions from './prepare/node-version.cjs';

versions.checkNode();
import('./prepare/run-tool.cjs').then(({ default: { runTool } }) => runTool(process.argv[2], process.argv.slice(3)));
