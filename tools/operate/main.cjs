// What an operator does with the shop that `npm start` runs: data on standard output, what happens on standard error.
const { readSettings } = require('../start/settings.cjs');

const VERBS = {
  stop: {
    usage: 'npm stop',
    about: 'Stops the shop that runs on the data folder, or what one that was killed left behind.',
    flags: [],
    run: (settings, flags) => require('./stop.cjs').stop(settings, flags),
  },
  status: {
    usage: 'npm run -s status -- [--json]',
    about: 'Processes, addresses, how far readers are behind, disk. Exit code 1 where something is not well.',
    flags: ['--json'],
    run: (settings, flags) => require('./status.cjs').status(settings, flags),
  },
  doctor: {
    usage: 'npm run -s doctor -- [--json]',
    about: 'What on this machine would stop the shop, each with its cure. Exit code 1 where something would.',
    flags: ['--json'],
    run: (settings, flags) => require('./doctor.cjs').doctor(settings, flags),
  },
  restore: {
    usage: 'npm run -s restore -- DIR',
    about: 'Fills an empty data folder from a backup that "npm run backup" made.',
    flags: [],
    takes: 1,
    run: (settings, flags) => require('./restore.cjs').restore(settings, flags),
  },
  reset: {
    usage: 'npm run -s reset -- --yes',
    about: 'Deletes all data, logs and secrets of a stopped shop; the next start begins anew.',
    flags: ['--yes'],
    run: (settings, flags) => require('./reset.cjs').reset(settings, flags),
  },
};

const say = line => process.stderr.write(`foldline: ${line}\n`);

/** Settings, or for the doctor the reason why there are none: it reports that among the rest. */
function settingsFor(name) {
  try {
    return readSettings();
  } catch (error) {
    if (name === 'doctor') return { error };
    throw error;
  }
}

/** Ends with 0 done, 1 failed or not well, 2 wrong usage, 78 wrong settings. */
async function main([name, ...args]) {
  const verb = VERBS[name];
  const known = Object.values(VERBS).map(({ usage }) => `  ${usage}`);
  if (!verb) {
    say(`there is no "${name ?? ''}"; there are:\n${known.join('\n')}`);
    process.exitCode = 2;
    return;
  }
  if (args.includes('--help')) {
    console.log(`${verb.about}\n\nUsage: ${verb.usage}`);
    return;
  }
  const named = args.filter(arg => !arg.startsWith('-'));
  const unknown = named[verb.takes ?? 0] ?? args.find(arg => arg.startsWith('-') && !verb.flags.includes(arg));
  if (unknown !== undefined) {
    say(`"${unknown}" is not known here. Usage: ${verb.usage}`);
    process.exitCode = 2;
    return;
  }
  // A reader such as `head` may leave early.
  process.stdout.on('error', error => error.code === 'EPIPE' && process.exit(0));
  try {
    process.exitCode = await verb.run(settingsFor(name), {
      json: args.includes('--json'),
      yes: args.includes('--yes'),
      args: named,
      say,
    });
  } catch (error) {
    say(error.message);
    process.exitCode = error.exitCode ?? 1;
  }
}

module.exports = { main };
