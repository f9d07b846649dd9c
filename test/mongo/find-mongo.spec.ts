/** A machine without any server for the tests on MongoDB is told so, once, and how to get one; a build server is not let off. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ASK = `
  const { findMongo } = require(${JSON.stringify(resolve(__dirname, 'find-mongo.cjs'))});
  const found = findMongo({ binDir: process.cwd(), fetch: true, say: line => console.error(line) });
  console.log(JSON.stringify(found ?? null));
`;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'find-mongo-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** On a machine that has these programs, as text of a shell, and no others. */
function askOn(programs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const run = spawnSync(process.execPath, ['-e', ASK], { env: { PATH: bin, ...env }, cwd: folder, encoding: 'utf8' });
  return { found: run.status === 0 ? (JSON.parse(run.stdout) as unknown) : run.status, said: run.stderr };
}

it('where there is none, one line says that the suite is not run, and how to run it', () => {
  const { found, said } = askOn({});
  expect(found).toBeNull();
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/are not run.*Set MONGO_URL.*mongod.*mongo:8.*Java 17 and Maven.*run npm test again\.$/),
  ]);
});

it('where it is required, there has to be one', () => {
  const { found, said } = askOn({}, { REQUIRE_MONGO: '1' });
  expect(found).toBe(1);
  expect(said).toMatch(/REQUIRE_MONGO is 1, but there is no MongoDB to test with\. Set MONGO_URL/);
});

it('takes a server of your own first, then mongod, then an image that is there', () => {
  expect(askOn({ mongod: '', docker: '' }, { MONGO_URL: 'mongodb://db/' }).found).toEqual({
    kind: 'url',
    url: 'mongodb://db/',
  });
  expect(askOn({ mongod: '', docker: '' }).found).toEqual({ kind: 'mongod' });
  expect(askOn({ docker: '' }).found).toEqual({ kind: 'docker', image: 'mongo:8' });
});

it('runs no jar whose digest is another one, wherever it came from', () => {
  const names = readFileSync(join(__dirname, 'jars.sha256'), 'utf8').match(/\S+\.jar/g)!;
  const fetch = `for a; do case $a in -DoutputDirectory=*) for n in ${names.join(' ')}; do echo other >"\${a#*=}/$n"; done;; esac; done`;
  const { found, said } = askOn({ java: '', mvn: fetch });
  expect(found).toBeNull();
  expect(said).toMatch(/^fetching mongo-java-server from Maven Central[^]*are not run/);
});
