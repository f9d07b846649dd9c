/** A page that shows a terminal: its commands run in one shell, their output compared with what the page shows. */
import { spawn } from 'node:child_process';

export interface Step {
  readonly command: string;
  /** As the page shows it; a line of `...` stands for any number of lines. */
  readonly shown: readonly string[];
}

/** The steps of the blocks marked `console`: a line that begins with `$ ` is a command, what follows is what it says. */
export const stepsOf = (page: string): readonly Step[] =>
  [...page.matchAll(/```console\n([^]*?)```/g)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map(text => {
        const [command, ...shown] = text.trimEnd().split('\n');
        return { command: command!, shown };
      }),
  );

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\x1b\[[0-9;]*m/g, ''],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>'],
  [/\b[0-9a-f]{32}\b/g, '<trace>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  [/\b[\d.,]+ ?(ms|s|B|kB|MB|GB)\b/g, '<amount>'],
  [/[-─━]{3,}/g, '<rule>'],
  [/\d[\d,.]*\d|\d/g, '<n>'],
  [/\s+/g, ' '],
];

/** What is left of a line when ids, times, numbers and widths are taken out. */
export const shapeOf = (line: string): string =>
  SHAPES.reduce((text, [pattern, name]) => text.replace(pattern, name), line).trim();

/** Runs commands in one shell, so that variables live on; gives what each printed, errors included. */
export async function inOneShell(
  commands: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<readonly string[]> {
  const end = '<end of a step>';
  const script = commands.map(command => `${command}\necho; echo '${end}'`).join('\n');
  const shell = spawn('bash', ['-c', `exec 2>&1\n${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise(done => shell.once('close', done));
  return output.split(`${end}\n`).map(text => text.trim());
}

/** The first shown line that was not printed, in order, after the ones before it; undefined if all were. */
export function missingOf({ shown }: Step, printed: string): string | undefined {
  const lines = printed.split('\n').map(shapeOf);
  let at = 0;
  for (const line of shown.filter(text => text.trim() !== '' && text.trim() !== '...')) {
    const found = lines.indexOf(shapeOf(line), at);
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}
