// Comes before everything else, and is written so that any Node can read it.
const NEEDED = [20, 19];
const EXIT_CONFIG = 78;

function isOldNode(version) {
  const parts = version.split('.').map(Number);
  return parts[0] < NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] < NEEDED[1]);
}

/** Ends the process with 78 where Node is too old. */
function checkNode() {
  const version = process.versions.node;
  if (!isOldNode(version)) return;
  console.error(`Foldline needs Node ${NEEDED.join('.')} or newer; this is ${version} (${process.execPath}).`);
  console.error('Get a newer one from https://nodejs.org or with your version manager, then start again.');
  process.exit(EXIT_CONFIG);
}

module.exports = { checkNode, isOldNode };
