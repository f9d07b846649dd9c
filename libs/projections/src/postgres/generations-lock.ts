/** Making, switching and dropping generations: one at a time in the whole database, until the transaction ends. */
export const GENERATIONS_LOCK = `select pg_advisory_xact_lock(hashtext('read.generations'))`;
