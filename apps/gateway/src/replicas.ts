/** The processes of one service: requests go to them in turn, and not to one that could not be reached a moment ago. */

/** By then whoever keeps the process running has started another one, or knows that it cannot. */
const AWAY_MS = 1_000;

export class Replicas {
  private turn = 0;
  private readonly awayUntil = new Map<string, number>();

  /** `urls`: at least one. `now` in milliseconds. */
  constructor(
    private readonly urls: readonly string[],
    private readonly now = (): number => performance.now(),
  ) {}

  /** Whose turn it is of those that were not tried yet; one that is away only where nobody else is left; undefined where nobody is. */
  next(tried: readonly string[]): string | undefined {
    const { length } = this.urls;
    if (length === 1) return tried.length === 0 ? this.urls[0] : undefined;
    let lastResort: string | undefined;
    for (let i = 0; i < length; i += 1) {
      const at = (this.turn + i) % length;
      const url = this.urls[at]!;
      if (tried.includes(url)) continue;
      lastResort ??= url;
      if ((this.awayUntil.get(url) ?? 0) > this.now()) continue;
      this.turn = at + 1;
      return url;
    }
    return lastResort;
  }

  /** It could not be reached: nobody is sent there for a while. */
  leaveOut(url: string): void {
    this.awayUntil.set(url, this.now() + AWAY_MS);
  }
}
