// Who may import what: the stages of the flow, kept apart. Each rule has a planted violation in tools/checks/import-rules.int-spec.ts.

/** Libraries, and the libraries each may know. */
const MAY_KNOW = {
  contracts: [],
  decider: ['contracts'],
  client: [],
  postgres: [],
  'event-log': ['contracts', 'decider', 'postgres'],
  projections: ['contracts', 'postgres'],
  'projections-mongo': ['contracts', 'projections'],
  process: ['contracts', 'decider', 'event-log', 'projections'],
  transport: ['contracts', 'projections'],
  relay: ['contracts', 'event-log', 'transport'],
  'service-kit': ['contracts'],
  'service-runtime': [
    'contracts',
    'decider',
    'event-log',
    'postgres',
    'process',
    'projections',
    'relay',
    'service-kit',
    'transport',
  ],
};

const TESTS = '(\\.(int-|e2e-|long-)?spec\\.ts$|\\.arbitrary\\.ts$|/testing/|^libs/testing/|^apps/[^/]+/test/|^test/)';
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;
const libs = (...names) => `^libs/(${names.join('|')})/`;

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const production = path => ({ path, pathNot: TESTS });

const knows = Object.entries(MAY_KNOW).map(([lib, known]) =>
  rule(
    `lib-${lib}`,
    known.length > 0 ? `${lib} knows only ${known.join(', ')}` : `${lib} knows no other library`,
    production(`^libs/${lib}/`),
    { path: '^libs/', pathNot: libs(lib, ...known) },
  ),
);

module.exports = {
  forbidden: [
    ...knows,
    rule(
      'domain-is-pure',
      'A domain is its own files, contracts and decider: no framework, no package, not even one of Node.',
      production('^apps/([^/]+)/src/domain/'),
      { pathNot: ['^apps/$1/src/domain/', libs('contracts', 'decider')] },
    ),
    rule(
      'folds-are-pure',
      'Projections and process steps are folds over events.',
      production('^apps/([^/]+)/src/.+\\.(project|step)\\.ts$'),
      {
        pathNot: [
          '^apps/$1/src/domain/',
          '^apps/$1/src/.+\\.(project|tables)\\.ts$',
          libs('contracts', 'decider', 'projections', 'process'),
        ],
      },
    ),
    rule(
      'contracts-and-validation-only',
      'Contracts need nothing but their validation libraries.',
      production('^libs/contracts/'),
      {
        path: 'node_modules/',
        pathNot: packages(
          'class-validator',
          'class-transformer',
          'class-validator-jsonschema',
          'reflect-metadata',
          'ajv',
        ),
      },
    ),
    rule(
      'app-never-app',
      'Services meet over HTTP and events only.',
      { path: '^apps/([^/]+)/' },
      {
        path: '^apps/',
        pathNot: '^apps/$1/',
      },
    ),
    rule('lib-never-app', 'Libraries serve any app.', { path: '^libs/' }, { path: '^apps/' }),
    rule(
      'through-the-index',
      'A library is what its index exports.',
      { path: '^libs/([^/]+)/' },
      {
        path: '^libs/[^/]+/src/(?!(testing/|owner/)?index\\.ts$)',
        pathNot: '^libs/$1/',
      },
    ),
    rule(
      'app-through-the-index',
      'A library is what its index exports.',
      { path: '^(apps|tools|test|bench)/' },
      {
        path: '^libs/[^/]+/src/(?!(testing/|owner/)?index\\.ts$)',
      },
    ),
    rule(
      'http-hands-over',
      'HTTP hands commands and queries over: it neither decides nor stores. The key set is also asked for over NATS.',
      { path: '^apps/[^/]+/src/http/', pathNot: [TESTS, '^apps/users/src/http/keys\\.controller\\.ts$'] },
      {
        path: [
          libs('event-log', 'relay', 'transport', 'postgres', 'projections', 'process'),
          packages('pg', 'nats', 'mongoose'),
          '/domain/.+\\.(decide|evolve|decider)\\.ts$',
        ],
      },
    ),
    rule(
      'query-only-reads',
      'The query service reads what others wrote: it has no log and decides nothing.',
      production('^apps/user-orders-query/'),
      { path: libs('event-log', 'relay', 'decider', 'process') },
    ),
    rule(
      'pg-in-one-place',
      'One library knows the PostgreSQL driver.',
      {
        path: '^(apps|libs|tools|bench)/',
        pathNot: [TESTS, '^libs/postgres/', '^bench/'],
      },
      { path: packages('pg', 'pg-copy-streams') },
    ),
    rule(
      'mongoose-in-one-place',
      'One library knows MongoDB.',
      {
        path: '^(apps|libs|tools)/',
        pathNot: '^libs/projections-mongo/',
      },
      { path: packages('mongoose', 'mongodb') },
    ),
    rule(
      'nats-in-one-place',
      'One library knows NATS.',
      {
        path: '^(apps|libs|tools)/',
        pathNot: [TESTS, '^libs/transport/'],
      },
      { path: packages('nats') },
    ),
    rule(
      'nest-at-the-edges',
      'The framework stays where requests come in and where parts are put together.',
      {
        path: '^(apps|libs)/',
        pathNot: [
          TESTS,
          '/main\\.ts$',
          '\\.(module|controller|handlers|commands|queries|filter|guard|interceptor|pipe)\\.ts$',
          '^apps/[^/]+/src/http/',
          libs('service-kit', 'service-runtime'),
          '^libs/transport/src/owner/',
        ],
      },
      { path: 'node_modules/@nestjs/' },
    ),
    rule('production-never-testing', 'What tests need is not shipped.', production('^(apps|libs|tools|bench)/'), {
      path: ['^libs/testing/', '^libs/[^/]+/src/testing/', packages('fast-check', '@nestjs/testing')],
    }),
    rule(
      'before-install-only-node',
      'These run before any package is installed.',
      {
        path: '^tools/(prepare/|start/(main|settings)\\.cjs|start\\.mjs|run\\.mjs)',
        pathNot: TESTS,
      },
      { path: 'node_modules/' },
    ),
    rule('no-cycles', 'A circle of imports has no first file to read.', {}, { circular: true }),
    rule('nothing-missing', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
