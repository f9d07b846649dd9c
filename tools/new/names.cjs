// The names that new parts get, and which are refused.
const { RefusedError } = require('./refused.cjs');

const upperFirst = text => text.replace(/^./, first => first.toUpperCase());
const lowerFirst = text => text.replace(/^./, first => first.toLowerCase());
const camel = text => text.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** Of folders, tools and variables that every service would get in the way of. */
const RESERVED = new Set([
  ...['gateway', 'tools', 'setup', 'demo', 'replay', 'backup', 'events', 'bench', 'chaos', 'postgres', 'mongo', 'nats'],
  ...['secrets', 'news', 'widgets', 'commands', 'queries', 'logs', 'services', 'tests', 'class', 'jwks', 'docs'],
]);

function checkName(name, rule, example, what) {
  if (typeof name !== 'string' || !rule.test(name) || name.length > 40)
    throw new RefusedError(
      'bad-name',
      `${JSON.stringify(name ?? '')} is no name for ${what}: take one like ${example}.`,
    );
  return name;
}

/** A service is a plural word in lower case, its aggregate the singular: subjects, tables and streams are named after it. */
function serviceNames(name, singular) {
  checkName(name, /^[a-z]{2,}$/, 'reviews', 'a service (a plural in lower case, letters only)');
  if (RESERVED.has(name)) throw new RefusedError('name-taken', `${name} means something else here: take another name.`);
  const one = singular ?? (name.endsWith('s') ? name.slice(0, -1) : undefined);
  if (one === undefined || one === name)
    throw new RefusedError(
      'bad-name',
      `The singular of ${name} is not known: add --one NAME, as in --one ${name}item.`,
    );
  checkName(one, /^[a-z]{2,}$/, 'review', 'an aggregate (a singular in lower case, letters only)');
  return { names: name, Names: upperFirst(name), name: one, Name: upperFirst(one) };
}

const checkEvent = name =>
  checkName(name, /^([A-Z][a-z0-9]+){2,}$/, 'ReviewWithdrawn', 'an event (what happened, in the past tense)');
const checkProjection = name =>
  checkName(name, /^[a-z]+(-[a-z]+)*$/, 'user-reviews', 'a projection (words in lower case, joined by -)');

module.exports = { camel, checkEvent, checkProjection, lowerFirst, serviceNames, upperFirst };
