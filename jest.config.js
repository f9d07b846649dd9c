// Kinds of tests, told apart by name: *.spec (pure), *.int-spec (one real server or tool), *.e2e-spec (services together), *.long-spec
// (services together, for minutes).
const swc = {
  swcrc: false,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    target: 'es2022',
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};
const { compilerOptions } = require('./tsconfig.json');
const esmOnly = ['jose'];
const moduleNameMapper = {
  ...Object.fromEntries(
    Object.entries(compilerOptions.paths).map(([name, [path]]) => [`^${name}$`, `<rootDir>/${path}`]),
  ),
  // Packages for others name their files as Node finds them after the build.
  '^(\\.{1,2}/.+)\\.js$': ['$1.js', '$1.ts'],
};
// The same library as one file: what a test file loads it loads anew, and hundreds of small modules take longer than the test.
const oneFile = { '^class-validator$': '<rootDir>/node_modules/class-validator/bundles/class-validator.umd.min.js' };
const project = (displayName, testRegex, extra = {}) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: 'node',
  roots: ['apps', 'libs', 'test', 'tools'].map(folder => `<rootDir>/${folder}`),
  testRegex,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
  moduleNameMapper,
  setupFiles: ['reflect-metadata'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '\\.sql$': '<rootDir>/tools/jest-sql.cjs',
    [`/node_modules/(${esmOnly.join('|')})/.+\\.m?js$`]: [
      '@swc/jest',
      { ...swc, jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  ...extra,
});
const servers = {
  globalSetup: '<rootDir>/libs/testing/global-setup.cjs',
  globalTeardown: '<rootDir>/libs/testing/global-teardown.cjs',
};
const journeys = {
  globalSetup: '<rootDir>/libs/testing/journeys-setup.cjs',
  globalTeardown: '<rootDir>/libs/testing/journeys-teardown.cjs',
};

module.exports = {
  projects: [
    project('unit', '\\.spec\\.ts$', { moduleNameMapper: { ...oneFile, ...moduleNameMapper } }),
    project('int', '\\.int-spec\\.ts$', servers),
    project('e2e', '\\.e2e-spec\\.ts$', journeys),
    project('long', '\\.long-spec\\.ts$', servers),
  ],
  testTimeout: 30_000,
};
