// `npm run doctor`: everything on this machine that would stop the shop, found without changing anything.
const { running } = require('./running.cjs');
const machine = require('./doctor-machine.cjs');
const servers = require('./doctor-servers.cjs');

const LOOKS = { ...machine, ...servers };
const LABEL = { ok: 'ok  ', warning: 'warn', error: 'FAIL' };

/** Each look gives `{state: ok | warning | error, found, cure?}`. */
async function look(settings) {
  const now = settings.error ? undefined : running(settings.dataDir);
  const findings = [];
  for (const [name, find] of Object.entries(LOOKS)) {
    if (settings.error && find.length > 0) continue;
    try {
      findings.push({ name, ...(await find(settings, now)) });
    } catch (error) {
      findings.push({ name, state: 'warning', found: `could not be looked at: ${error.message}` });
    }
  }
  if (settings.error)
    findings.push({
      name: 'settings',
      state: 'error',
      found: settings.error.message,
      cure: 'Correct these variables; docs/operations.md lists every setting.',
    });
  return findings;
}

/** 0 when nothing stops the shop, else 1. */
async function doctor(settings, { json }) {
  const findings = await look(settings);
  const bad = findings.filter(({ state }) => state === 'error').length;
  if (json) console.log(JSON.stringify({ ok: bad === 0, findings }));
  else {
    for (const { name, state, found, cure } of findings)
      console.log(`${LABEL[state]}  ${name.padEnd(13)}${found}${cure ? `\n${' '.repeat(19)}-> ${cure}` : ''}`);
    console.log(bad === 0 ? '\nNothing here stops Foldline.' : `\n${bad} of these would stop Foldline.`);
  }
  return bad === 0 ? 0 : 1;
}

module.exports = { doctor };
