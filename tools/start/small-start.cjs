// Loaded before a program, so that it starts small.
require('../prepare/late-phones.cjs');

// While it starts, V8's young generation does not grow. startIsOver in libs/service-kit ends this.
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
