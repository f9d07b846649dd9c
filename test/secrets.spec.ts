/** No secret in what is published: neither in a file of the project, nor by what an image or a repository would take along. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
/** Made by the machine, never published. */
const LEFT_OUT = ['node_modules', 'dist', '.foldline', '.git', 'coverage'];
const LARGEST = 4_000_000;

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (LEFT_OUT.includes(entry.name) || path === join('bench', 'results')) continue;
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && statSync(join(ROOT, path)).size < LARGEST) yield path;
  }
}

const KINDS: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}/,
  'the private part of a JSON Web Key': /"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/,
  'a NATS seed': /\bS[ACNOUX][A-Z2-7]{56}\b/,
  'a signed token': /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/,
  'a token of a registry, a forge or a cloud':
    /\b(npm_[A-Za-z0-9]{36}|gh[opsu]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20}|AKIA[A-Z0-9]{16}|xox[abprs]-[\w-]{10,})/,
  'a password in a URL': /\b(postgres|postgresql|mongodb|nats|amqp):\/\/[^\s:/@'"`]+:[A-Za-z0-9_-]{24,}@/,
};
const files = [...filesBelow('.')].map(path => ({ path, text: readFileSync(join(ROOT, path), 'latin1') }));

it.each(Object.entries(KINDS))('no file holds %s', (_, pattern) => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
});

it('each kind would be found', () => {
  const letters = (count: number, letter = 'A'): string => letter.repeat(count);
  const planted = [
    `-----BEGIN ${'PRIVATE'} KEY-----\n${letters(64)}`,
    `{"d":"${letters(43)}"}`,
    `SU${letters(56)}`,
    `eyJ${letters(20)}.eyJ${letters(20)}.${letters(40)}`,
    `ghp_${letters(36)}`,
    `postgres://orders_app:${letters(32)}@127.0.0.1/foldline_orders`,
  ];
  for (const [i, pattern] of Object.values(KINDS).entries()) expect(planted[i]).toMatch(pattern);
});

it.each(['.gitignore', '.dockerignore'])('%s leaves out where secrets are kept', file => {
  const lines = readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .map(line => line.replace(/\/$/, ''));
  expect(lines).toEqual(expect.arrayContaining(['.foldline', '.env']));
});
