/** Where a bench's figures go: the terminal, a result file, and the pages that show its table between markers. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { machineLine, type Machine } from './machine';
import { ROOT } from './project';
import { markdownTable, textTable, type Table } from './table';

export interface Report {
  /** Of the result file and of the markers. */
  readonly name: string;
  readonly command: string;
  readonly machine: Machine;
  readonly table: Table;
  /** What to know to read the table: sizes, rounds, what was lost. */
  readonly notes: readonly string[];
  /** Everything measured, small. */
  readonly results: unknown;
  readonly charts?: readonly Chart[];
  /** Pages with the markers, from the project's folder. */
  readonly pages?: readonly string[];
}

export interface Chart {
  /** Below docs/images, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

const PAGES = ['docs/performance.md'];
const IMAGES = 'docs/images';

const begin = (name: string): string => `<!-- bench:${name} -->`;
const end = (name: string): string => `<!-- /bench:${name} -->`;

function imagesOf(page: string, charts: readonly Chart[]): string[] {
  const folder = page.includes('/') ? 'images' : IMAGES;
  return charts.map(({ name, title }) => `![${title}](${folder}/${name}.svg)`);
}

/** Puts `text` between the markers of `name`; a page without them gets them at its end. */
function putBetween(page: string, name: string, text: string): void {
  const path = join(ROOT, page);
  const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [from, to] = [old.indexOf(begin(name)), old.indexOf(end(name))];
  const block = `${begin(name)}\n\n${text}\n\n${end(name)}`;
  const now =
    from >= 0 && to > from
      ? old.slice(0, from) + block + old.slice(to + end(name).length)
      : `${old.trimEnd()}\n\n${block}\n`;
  writeFileSync(path, now);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}

/** `--no-save` among a bench's arguments: only the terminal. */
export function report(
  { name, command, machine, table, notes, results, charts = [], pages = PAGES }: Report,
  args: readonly string[] = [],
): void {
  const day = new Date().toISOString().slice(0, 10);
  const measured = `Measured by \`${command}\` on ${day}: ${machineLine(machine)}.`;
  process.stdout.write(`\n${textTable(table)}\n\n${[...notes, measured].join('\n')}\n`);
  if (args.includes('--no-save')) return;
  const result = `bench/results/${name}.json`;
  write(result, `${JSON.stringify({ name, command, day, machine, results }, undefined, 1)}\n`);
  for (const chart of charts) write(`${IMAGES}/${chart.name}.svg`, chart.svg);
  for (const page of pages) {
    const parts = [markdownTable(table), ...imagesOf(page, charts), [...notes, measured].join(' ')];
    putBetween(page, name, parts.join('\n\n'));
  }
  const written = [result, ...charts.map(chart => `${IMAGES}/${chart.name}.svg`), ...pages];
  process.stdout.write(`written: ${written.join(', ')}\n`);
}
