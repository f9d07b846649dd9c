// One bundle per process: swc for speed, node_modules left outside, .sql files inlined as text.
const swc = require('@nestjs/cli/lib/compiler/defaults/swc-defaults').swcDefaultsFactory().swcOptions;

module.exports = options => ({
  ...options,
  // Of what did not change while sources are watched, nothing is compiled again.
  cache: process.argv.includes('--watch') && { type: 'memory' },
  // What cannot be compiled leaves the bundle as it was, also while sources are watched.
  optimization: { ...options.optimization, emitOnErrors: false },
  devtool: 'nosources-source-map',
  // Lazy imports name the file as Node would find it.
  resolve: { ...options.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
  module: {
    rules: [
      { test: /\.sql$/, type: 'asset/source' },
      {
        test: /\.ts$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: {
            ...swc,
            sourceMaps: true,
            jsc: { ...swc.jsc, target: 'es2022', parser: { syntax: 'typescript', decorators: true } },
          },
        },
      },
    ],
  },
  plugins: options.plugins.filter(plugin => plugin.constructor.name !== 'ForkTsCheckerWebpackPlugin'),
});
