// For development: compiles services again when their sources change, and starts them anew when they were compiled.
const { spawn } = require('node:child_process');
const { watch } = require('node:fs');
const { join } = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { endProcess } = require('../embedded/processes.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { NAMES } = require('./programs.cjs');

/** 9229 is what every other Node program takes. */
const FIRST_DEBUGGER_PORT = 9230;
/** A compiler writes a bundle and its map in many steps. */
const SETTLED_MS = 60;

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

/** Starts each of `programs` anew when its bundle was written; `say` hears of it. */
function restartOnBuild(programs, say) {
  const watchers = programs.map(program => {
    let timer;
    return watch(join(ROOT, 'dist/apps', program.name), (_, file) => {
      if (file !== 'main.js') return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const began = Date.now();
        program.restart().then(
          () => say(`${program.name} was changed and started anew (${Date.now() - began} ms)`),
          error => say(error.message),
        );
      }, SETTLED_MS);
    });
  });
  return { stop: () => watchers.forEach(watcher => watcher.close()) };
}

/** Gives at once what ends it; says when it has read everything, which takes a few seconds. */
function develop(stack, ports, say) {
  const names = Object.keys(ports);
  for (const name of names) say(`${name}: debugger on 127.0.0.1:${ports[name]}`);
  const compiler = compileOnChange(names, say);
  let restarts;
  let ended = false;
  void compiler.ready.then(() => {
    if (ended) return;
    restarts = restartOnBuild(stack.programs(names), say);
    say(`watching apps/ and libs/: ${names.join(', ')} will be started anew at every change`);
  });
  return async () => {
    ended = true;
    restarts?.stop();
    await compiler.stop();
  };
}

module.exports = { debuggerPorts, develop };
