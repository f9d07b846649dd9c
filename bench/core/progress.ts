/** How far a bench is: one line per step, with the time left by the plan of all steps. */

export class Progress {
  private done = 0;
  private readonly startedAt = performance.now();

  /** `plannedMs`: what all steps together are expected to take. */
  constructor(private readonly plannedMs: number) {}

  /** Says that a step begins which is expected to take so long. */
  step(name: string, ms = 0): void {
    const left = Math.max(0, this.plannedMs - this.done) / 1000;
    const clock = `${Math.floor(left / 60)}:${String(Math.round(left % 60)).padStart(2, '0')}`;
    const share = Math.min(99, Math.round((100 * this.done) / this.plannedMs));
    process.stderr.write(`[${String(share).padStart(3)} %, ${clock} left] ${name}\n`);
    this.done += ms;
  }

  /** Seconds since it was made. */
  seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}
