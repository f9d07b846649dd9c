const { summary } = require('./summary.cjs');

const shown = (run: object): string =>
  summary({
    run: {
      gateway: 'http://127.0.0.1:8080',
      services: { gateway: { url: 'http://127.0.0.1:8080' }, users: { url: 'http://127.0.0.1:8081' } },
      postgres: { pid: 1 },
      nats: { url: 'nats://127.0.0.1:14222', pid: 2 },
      admin: { email: 'admin@example.com', password: 'made-up-once' },
      ...run,
    },
    postgresPort: 15432,
    publicUrl: 'http://127.0.0.1:8080',
    admin: 'http://127.0.0.1:8090/metrics',
    dataDir: '/shop/.foldline',
    logFolder: '/shop/.foldline/logs',
    seconds: '4.2',
  });

it('names what listens where, the log-in and three calls to try', () => {
  const text = shown({ readStore: 'postgres' });
  expect(text).toMatch(/users +http:\/\/127\.0\.0\.1:8081\n/);
  expect(text).toMatch(/PostgreSQL +127\.0\.0\.1:15432\n/);
  expect(text).toMatch(/NATS +nats:\/\/127\.0\.0\.1:14222\n/);
  expect(text).toContain('admin@example.com  made-up-once');
  expect(text.match(/^ +curl -s /gm)).toHaveLength(3);
});

it('names the store of the read model, without the password to it', () => {
  expect(shown({ readStore: 'postgres' })).toMatch(/read model kept in +PostgreSQL\n/);
  const onMongo = shown({ readStore: 'mongo', mongo: { url: 'mongodb://shop:secret@db.example:27017/read?tls=true' } });
  expect(onMongo).toMatch(/read model kept in +MongoDB \(db\.example:27017\/read\)\n/);
  expect(onMongo).not.toContain('secret');
});
