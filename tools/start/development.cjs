// For development: compiles services again when their sources change, and starts them anew when they were compiled.
const { spawn } = require('node:child_process');
const { watch } = require('node:fs');
const { readdir, stat } = require('node:fs/promises');
const { join } = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { endProcess } = require('../embedded/processes.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { NAMES } = require('./programs.cjs');

/** 9229 is what every other Node program takes. */
const FIRST_DEBUGGER_PORT = 9230;
/** A compiler writes a bundle and its map in many steps. */
const SETTLED_MS = 60;
const LONGEST_BUILD_MS = 60_000;

/** `[]` means all; throws for a name that is no service. Gives the debugger's port by name. */
function debuggerPorts(names) {
  const unknown = names.filter(name => !NAMES.includes(name));
  if (unknown.length > 0)
    throw Object.assign(new Error(`There is no service ${unknown.join(', ')}; there are: ${NAMES.join(', ')}`), {
      exitCode: 2,
    });
  const wanted = names.length > 0 ? NAMES.filter(name => names.includes(name)) : NAMES;
  return Object.fromEntries(wanted.map(name => [name, FIRST_DEBUGGER_PORT + NAMES.indexOf(name)]));
}

/** Compiles what changes until `stop` is called; what it cannot compile it tells, and the service runs on as it was. */
function compileOnChange(names, say) {
  const cli = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
  const child = spawn(process.execPath, [cli, 'build', ...names, '--watch'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let compiled = 0;
  const ready = new Promise(done => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', coloured => {
        const text = stripVTControlCharacters(coloured);
        const [trouble] = /ERROR in[^]*/.exec(text) ?? [];
        if (trouble) say(`cannot be compiled:\n${trouble.trim().split('\n').slice(0, 15).join('\n')}`);
        compiled += (text.match(/\bcompiled\b/g) ?? []).length;
        if (compiled >= names.length) done();
      });
    child.once('exit', code => {
      say(`the compiler ended (exit code ${code}); stop with Ctrl-C and start again`);
      done();
    });
  });
  return {
    ready,
    stop: () => {
      child.removeAllListeners('exit');
      return endProcess(child.pid);
    },
  };
}

/** Milliseconds since the newest change under `folders`; 0 where a file came with a time of long ago. */
async function sinceChange(folders) {
  const names = folders.map(async folder =>
    (await readdir(join(ROOT, folder), { recursive: true })).map(name => join(ROOT, folder, name)),
  );
  const times = (await Promise.all(names)).flat().map(path =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
  const ms = Date.now() - Math.max(...(await Promise.all(times)));
  return ms < LONGEST_BUILD_MS ? ms : 0;
}

/** Starts each of `programs` anew when its bundle was written; `say` hears of it. */
function restartOnBuild(programs, spares, say) {
  const watchers = programs.map(program => {
    const { name } = program;
    let timer;
    let changes = 0;
    spares.prepare(name);
    return watch(join(ROOT, 'dist/apps', name), (_, file) => {
      if (file !== 'main.js') return;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const began = Date.now();
        const change = (changes += 1);
        try {
          const before = await sinceChange([`apps/${name}`, 'libs']);
          await program.restart();
          const seconds = ((before + Date.now() - began) / 1000).toFixed(1);
          // One that did not start is ready with the change that mends it.
          if (change === changes) say(`${name}: rebuilt and ready again in ${seconds} s`);
        } catch (error) {
          say(error.message);
        }
        spares.prepare(name);
      }, SETTLED_MS);
    });
  });
  return { stop: () => watchers.forEach(watcher => watcher.close()) };
}

/** Gives at once what ends it; says when it has read everything, which takes a few seconds. */
function develop(stack, spares, say) {
  const ports = spares.debuggers;
  const names = Object.keys(ports);
  for (const name of names) say(`${name}: debugger on 127.0.0.1:${ports[name]}`);
  const compiler = compileOnChange(names, say);
  let restarts;
  let ended = false;
  void compiler.ready.then(() => {
    if (ended) return;
    restarts = restartOnBuild(stack.programs(names), spares, say);
    say(`watching apps/ and libs/: ${names.join(', ')} will be started anew at every change`);
  });
  return async () => {
    ended = true;
    restarts?.stop();
    spares.end();
    await compiler.stop();
  };
}

module.exports = { debuggerPorts, develop };
