// Journeys start whole shops of their own: a run of them needs only the mark by which what is left of it is ended.
const { TestFolder } = require('../../tools/test/test-folder.cjs');

module.exports = async () => {
  if (TestFolder.isWithin()) return;
  global.foldlineJourneys = new TestFolder();
  Object.assign(process.env, global.foldlineJourneys.env);
};
