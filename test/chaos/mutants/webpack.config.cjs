// The shop's own build, once for each of several defects: of sources of which a few have another text, into a folder of its own.
const { readFileSync } = require('node:fs');
const { basename, dirname } = require('node:path');
const whole = require('../../../webpack.config.js');

/** `[{dist, texts, builds}]`: the folder, the texts by their absolute paths, the names of the programs. */
const defects = JSON.parse(readFileSync(process.env.MUTATIONS, 'utf8'));

module.exports = defects.map(({ dist, texts, builds }) => options => {
  const config = whole(options);
  const isIn = builds.includes(basename(dirname(options.output.filename)));
  const otherText = {
    test: path => path in texts,
    enforce: 'pre',
    loader: require.resolve('./other-text.cjs'),
    options: { texts },
  };
  return {
    ...config,
    entry: isIn ? config.entry : {},
    output: { ...config.output, path: dist },
    module: { ...config.module, rules: [...config.module.rules, otherText] },
  };
});
