/** What the documents point at is there: files, lines and headings that they link, commands and paths that they name. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const FOLDERS = ['.github', 'apps', 'bench', 'docs', 'libs', 'monitoring', 'test', 'tools'];

const inFolder = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name))
    : [];
const documents = [...readdirSync(ROOT), ...FOLDERS.flatMap(inFolder)].filter(
  name => name.endsWith('.md') && !name.includes('node_modules'),
);
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };

const readDocument = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const withoutBlocks = (text: string): string => text.replace(/^```[^]*?^```$/gm, '');

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] => {
  const taken = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    const before = taken.get(anchor) ?? 0;
    taken.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
};

/** What is wrong with a link that `from` has; undefined for one that leads somewhere. */
function troubleWith(target: string, from: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(ROOT, from) : resolve(ROOT, dirname(from), decodeURIComponent(path));
  if (relative(ROOT, file).startsWith('..')) return 'leads out of the project';
  if (!existsSync(file)) return 'is not there';
  if (anchor === undefined) return undefined;
  const text = statSync(file).isFile() ? readFileSync(file, 'utf8') : '';
  const line = /^L(\d+)(?:-L(\d+))?$/.exec(anchor);
  if (line) return Number(line[2] ?? line[1]) <= text.split('\n').length ? undefined : 'has no such line';
  return anchorsOf(text).includes(anchor) ? undefined : 'has no such heading';
}

describe.each(documents)('%s', name => {
  const text = readDocument(name);

  it('links to what is there', () => {
    const links = [...withoutBlocks(text).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(
      ([, target]) => target!,
    );
    const broken = links.flatMap(target => {
      const trouble = troubleWith(target, name);
      return trouble ? [`${target} ${trouble}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it('names scripts and paths that there are', () => {
    const commands = [...text.matchAll(/\bnpm run (?:-s |--silent )?([a-z][a-z0-9:-]*)/g)].map(([, script]) => script!);
    expect(commands.filter(script => !(script in scripts))).toEqual([]);
    const paths = [...withoutBlocks(text).matchAll(/`((?:apps|bench|docs|libs|monitoring|test|tools)\/[\w./-]+)`/g)];
    // A guide may name what its own blocks make.
    const isMade = (path: string): boolean => text.includes(`\n+++ b/${path}`) || text.includes(` file=${path}`);
    expect(paths.map(([, path]) => path!).filter(path => !existsSync(join(ROOT, path)) && !isMade(path))).toEqual([]);
  });
});

it('finds the documents, and sees a link that leads nowhere', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/tour.md', 'docs/operations.md']));
  expect(troubleWith('tour.md', 'docs/glossary.md')).toBeUndefined();
  expect(troubleWith('nowhere.md', 'docs/tour.md')).toBe('is not there');
  expect(troubleWith('operations.md#no-such-thing', 'docs/tour.md')).toBe('has no such heading');
  expect(troubleWith('tour.md#L100000', 'docs/glossary.md')).toBe('has no such line');
});
