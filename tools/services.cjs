// The services of the shop as tools need them that run before any build; declared in libs/contracts/services.json.
const { owners, readers } = require('../libs/contracts/services.json');

const servicesOf = (group, ownsLog) =>
  Object.entries(group).map(([database, { program = database, port, reads, partitions = {} }]) => ({
    database,
    program,
    prefix: database.toUpperCase(),
    port,
    reads,
    partitions,
    ownsLog,
  }));

/**
 * `{database, program, prefix, port, reads, partitions, ownsLog}` each; `reads` lists projections and process steps by the log
 * they read, `partitions` into how many read models a projection may be split.
 */
const SERVICES = [...servicesOf(owners, true), ...servicesOf(readers, false)];
const DATABASES = SERVICES.map(({ database }) => database);

module.exports = { DATABASES, SERVICES };
