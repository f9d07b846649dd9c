/** How far a lane is behind the end of its log, measured against the owner's head and never against the transport. */

export class Lag {
  /** The greatest position seen at the owner or applied. */
  private head: number | null = null;
  private answeredAt?: number;
  private behindSince?: number = performance.now();
  lastPosition = 0;
  wasLevel = false;

  answered(head: number): void {
    this.head = head;
    this.answeredAt = performance.now();
    this.compare();
  }

  moved(position: number): void {
    this.lastPosition = position;
    if (this.head !== null && position > this.head) this.head = position;
    this.compare();
  }

  get knownHead(): number | null {
    return this.head;
  }

  of(position: number, oldestWaiting: string | undefined) {
    const now = performance.now();
    const lagEvents = Math.max(0, (this.head ?? 0) - position);
    const waiting = lagEvents > 0 && oldestWaiting ? Math.max(0, Date.now() - Date.parse(oldestWaiting)) : 0;
    const behind = this.behindSince === undefined ? 0 : now - this.behindSince;
    return {
      head: this.head,
      headAgeMs: this.answeredAt === undefined ? null : Math.round(now - this.answeredAt),
      lagEvents,
      lagSeconds: Math.round(Math.max(waiting, behind)) / 1000,
    };
  }

  private compare(): void {
    if (this.head === null) return;
    if (this.lastPosition >= this.head) {
      this.wasLevel = true;
      this.behindSince = undefined;
    } else this.behindSince ??= performance.now();
  }
}
