// Where the project lies, whatever folder a command was started in.
const { resolve } = require('node:path');

module.exports = { ROOT: resolve(__dirname, '../..') };
