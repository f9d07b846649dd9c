// class-validator brings the tables of all telephone numbers, for a check that few use: they are read when it is called.
const Module = require('node:module');

const phones = require.resolve('libphonenumber-js/max');
const later = new Module(phones);
later.loaded = true;
Object.defineProperty(later.exports, 'parsePhoneNumber', {
  get() {
    delete require.cache[phones];
    return require(phones).parsePhoneNumber;
  },
});
require.cache[phones] = later;
