// Loaded before a program, so that it starts small.
const Module = require('node:module');

// While it starts, V8's young generation does not grow. startIsOver in libs/service-kit ends this.
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');

// class-validator brings the tables of all telephone numbers, for a check that few use: they are read when it is called.
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
