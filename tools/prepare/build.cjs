// Builds all programs when their sources changed since the last build.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { awaitLock } = require('./lock-file.cjs');
const { ROOT } = require('./root.cjs');

const FOLDERS = ['apps', 'libs', 'tools', 'bench', 'test/chaos', 'types'];
const FILES = ['package-lock.json', 'nest-cli.json', 'webpack.config.js', 'tsconfig.json'];
/** Written by what is built. */
const RESULTS = 'bench/results';
const STAMP = join(ROOT, 'dist/.stamp.json');

const isSource = name => /\.(ts|sql|json)$/.test(name) && !/\.(int-|e2e-|long-)?spec\.ts$/.test(name);

function* sourcesIn(folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (path === RESULTS) continue;
    if (entry.isDirectory()) yield* sourcesIn(path);
    else if (isSource(entry.name)) yield path;
  }
}

const digest = parts => createHash('sha256').update(parts.join('\0')).digest('hex');

/** `look` sees names, sizes and times; `content` reads every byte, for sources that were only touched. */
function sources() {
  const paths = [
    ...FILES,
    ...FOLDERS.filter(name => existsSync(join(ROOT, name))).flatMap(name => [...sourcesIn(name)]),
  ];
  paths.sort();
  const look = path => {
    const { mtimeMs, size } = statSync(join(ROOT, path));
    return `${path} ${mtimeMs} ${size}`;
  };
  return {
    look: digest(paths.map(look)),
    content: () => digest(paths.map(path => `${path}\0${readFileSync(join(ROOT, path), 'utf8')}`)),
  };
}

function lastBuild() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

const writeStamp = stamp => writeFileSync(STAMP, JSON.stringify(stamp));

/** `say` is told when it builds. Throws with the compiler's words when it fails. */
function build(say) {
  const { look, content } = sources();
  const last = lastBuild();
  if (last.look === look) return;
  const now = content();
  if (last.content === now) return writeStamp({ look, content: now });
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const lock = awaitLock(join(ROOT, 'dist/.lock'), say, 'building');
  try {
    if (lastBuild().content === now) return writeStamp({ look, content: now });
    say('building (nest build --all)');
    rmSync(STAMP, { force: true });
    const cli = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'build', '--all'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0)
      throw new Error(`The build failed:\n${`${stdout}${stderr}`.trim().split('\n').slice(-40).join('\n')}`);
    writeStamp({ look, content: now });
  } finally {
    lock.release();
  }
}

module.exports = { build };
