/** Gathers notes by kind and reason and writes them to the sink behind the work, so that a flood of bad messages is a count, not a flood of rows. */
import type { LogName } from '@foldline/contracts';
import type { RunnerNote, Sink } from '../ports';
import { Backoff } from './timing';

export class Notebook {
  private readonly pending = new Map<string, RunnerNote>();
  private busy = false;
  private writing: Promise<void> = Promise.resolve();
  private readonly backoff: Backoff;

  constructor(
    private readonly sink: Sink,
    private readonly log: LogName,
    private readonly onNote: (note: RunnerNote) => void,
    private readonly stop: AbortSignal,
  ) {
    this.backoff = new Backoff(200, 10_000, stop);
  }

  add(kind: RunnerNote['kind'], position: number, reason: string, count = 1): void {
    const key = `${kind} ${reason}`;
    const before = this.pending.get(key);
    this.pending.set(key, { kind, log: this.log, position, reason, count: count + (before?.count ?? 0) });
    if (this.busy) return;
    this.busy = true;
    this.writing = this.write();
  }

  /** Resolves when everything noted is written, or the runner stops. */
  async flushed(): Promise<void> {
    while (this.busy) await this.writing;
  }

  private async write(): Promise<void> {
    for (let next = this.take(); next; next = this.take()) {
      this.onNote(next);
      while (this.sink.note) {
        try {
          await this.sink.note(next);
          this.backoff.reset();
          break;
        } catch {
          // The sink is down: the note waits with it. A runner that stops meanwhile has told its listener.
          if (this.stop.aborted) break;
          await this.backoff.pause();
        }
      }
    }
    this.busy = false;
  }

  private take(): RunnerNote | undefined {
    const [first] = this.pending;
    if (first) this.pending.delete(first[0]);
    return first?.[1];
  }
}
