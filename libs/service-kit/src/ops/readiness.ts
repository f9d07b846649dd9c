/** Whether this service can serve now, and what is wrong where it cannot. Liveness is only that the process answers. */

/** Undefined when all is well, else the reason. `serving: false` marks what is worth telling but does not stop serving. */
export interface ReadinessCheck {
  readonly name: string;
  readonly serving: boolean;
  check(): Promise<string | undefined> | string | undefined;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly serving: boolean;
    readonly reason?: string;
  }[];
}

const DEADLINE_MS = 2000;

const inTime = (check: ReadinessCheck): Promise<string | undefined> =>
  Promise.race([
    Promise.resolve()
      .then(() => check.check())
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
    new Promise<string>(done => setTimeout(() => done(`no answer within ${DEADLINE_MS} ms`), DEADLINE_MS).unref()),
  ]);

export class Readiness {
  private readonly checks = new Set<ReadinessCheck>();
  draining = false;

  /** The service is not ready while `check` gives a reason. What it returns takes the check away. */
  needs(name: string, check: ReadinessCheck['check']): () => void {
    return this.add({ name, serving: true, check });
  }

  /** Reported, without making the service unready. What it returns takes the check away. */
  watches(name: string, check: ReadinessCheck['check']): () => void {
    return this.add({ name, serving: false, check });
  }

  async report(): Promise<ReadinessReport> {
    const checks = await Promise.all(
      [...this.checks].map(async check => {
        const reason = await inTime(check);
        return {
          name: check.name,
          ok: reason === undefined,
          serving: check.serving,
          ...(reason !== undefined && { reason }),
        };
      }),
    );
    const all = this.draining
      ? [{ name: 'draining', ok: false, serving: true, reason: 'the service is stopping' }, ...checks]
      : checks;
    return { ready: all.every(({ ok, serving }) => ok || !serving), checks: all };
  }

  private add(check: ReadinessCheck): () => void {
    this.checks.add(check);
    return () => void this.checks.delete(check);
  }
}
