/** Data goes to standard output, what happens meanwhile to standard error; both as JSON where that was asked for. */
import type { RebuildProgress } from '@foldline/projections';

export interface Output {
  readonly json: boolean;
  /** The answer: one document, or lines of text. */
  answer(document: unknown, text: () => string): void;
  /** What happens meanwhile. */
  say(text: string): void;
  progress(of: string, progress: RebuildProgress): void;
  /** Ends the moving part of the terminal. */
  settle(): void;
}

const WIDTH = 28;
const BEAT_MS = 200;
const LINE_MS = 5_000;

export const number = (value: number): string => value.toLocaleString('en-US');

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [count, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Columns as wide as their widest cell; the first line is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, share) * WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
};

export class Pace {
  private readonly from = performance.now();

  of({ events, logs }: RebuildProgress): { perSecond: number; left: number; share: number } {
    const seconds = (performance.now() - this.from) / 1000;
    const perSecond = seconds > 0.2 ? events / seconds : 0;
    const total = logs.reduce((sum, { head }) => sum + head, 0);
    const done = logs.reduce((sum, { position }) => sum + position, 0);
    return { perSecond, left: Math.max(0, total - done) / perSecond, share: total > 0 ? done / total : 1 };
  }
}

export function makeOutput(json: boolean, { stdout, stderr } = process): Output {
  const moving = !json && stderr.isTTY === true && process.env.TERM !== 'dumb';
  let [drawn, last, pace] = [0, 0, new Pace()];
  const erase = (): void => {
    if (drawn > 0) stderr.write(`\u001B[${drawn}A\u001B[0J`);
    drawn = 0;
  };
  const tell = (of: string, progress: RebuildProgress): void => {
    const { perSecond, left, share } = pace.of(progress);
    const { phase, logs, events, rows, waiting } = progress;
    if (json) {
      const rounded = {
        eventsPerSecond: Math.round(perSecond),
        secondsLeft: Number.isFinite(left) ? Math.round(left) : null,
      };
      const line = {
        type: 'progress',
        projection: of,
        phase,
        share: Number(share.toFixed(4)),
        logs,
        events,
        rows,
        ...rounded,
        waiting,
      };
      stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const state =
      phase === 'finishing'
        ? 'building indexes'
        : waiting
          ? `waiting for ${waiting.log}: ${waiting.reason}`
          : `${number(Math.round(perSecond))} events/s, ${duration(left)} left`;
    if (!moving) {
      stderr.write(`${of}: ${(share * 100).toFixed(0)} %, ${number(rows)} rows, ${state}\n`);
      return;
    }
    erase();
    const lines = logs.map(({ log, position, head }) => {
      const part = head > 0 ? position / head : 1;
      return `${log.padEnd(9)} ${bar(part)} ${(part * 100).toFixed(0).padStart(3)} %  ${number(position)} of ${number(head)}`;
    });
    lines.push(`${of}: ${state}`);
    stderr.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  return {
    json,
    answer: (document, text) => void stdout.write(json ? `${JSON.stringify(document)}\n` : `${text()}\n`),
    say: text => {
      erase();
      if (!json) stderr.write(`${text}\n`);
    },
    progress: (of, progress) => {
      const now = performance.now();
      const first = last === 0;
      if (first) pace = new Pace();
      if (!first && progress.phase === 'reading' && now - last < (moving ? BEAT_MS : json ? 1_000 : LINE_MS)) return;
      last = now;
      tell(of, progress);
    },
    settle: () => {
      erase();
      last = 0;
    },
  };
}
