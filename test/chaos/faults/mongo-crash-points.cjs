// The points of crash-points.cjs in MongoDB's driver: around the one write that commits a batch, and around putting its rows into place.
const { Collection } = require(require.resolve('mongodb', { paths: [require.resolve('mongoose')] }));

const kindOf = {
  /** Only the commit of a batch moves a checkpoint. */
  updateOne: (name, [, update]) =>
    name === 'read.generations' && Object.keys(update?.$set ?? {}).some(key => key.startsWith('checkpoints.'))
      ? 'commit'
      : undefined,
  bulkWrite: name => (/_g\d+$/.test(name) ? 'rows' : undefined),
};

/** `crash` ends the process where it was told to. */
module.exports = crash => {
  for (const [method, kind] of Object.entries(kindOf)) {
    const real = Collection.prototype[method];
    Collection.prototype[method] = async function (...args) {
      const point = kind(this.collectionName, args);
      if (point) crash(`before-${point}`);
      const result = await real.apply(this, args);
      if (point) crash(`after-${point}`);
      return result;
    };
  }
};
