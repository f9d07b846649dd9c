/** Decides which deliveries may be acknowledged: a delivery only when it and all handed over before it are done with. */

interface Delivery {
  /** Done when the checkpoint reaches it; 0: done already. */
  until: number;
  readonly arrival: number;
  readonly ack: () => void;
}

export class DeliveryLine {
  private line: Delivery[] = [];
  private first = 0;

  /** Beyond `capacity` waiting deliveries the oldest are forgotten: a later acknowledgement covers them. */
  constructor(private readonly capacity: number) {}

  push(until: number, arrival: number, ack: () => void): void {
    this.line.push({ until, arrival, ack });
    if (this.line.length - this.first > this.capacity) this.first++;
  }

  /** What claimed a position after the end of the log will never be reached; returns how many did. */
  forgetBeyond(head: number, arrivedUpTo: number): number {
    const forged = this.line.filter(({ until, arrival }) => until > head && arrival <= arrivedUpTo);
    for (const delivery of forged) delivery.until = 0;
    return forged.length;
  }

  /** Acknowledges the last of the deliveries at the front that are done with. */
  settle(checkpoint: number): void {
    let done: Delivery | undefined;
    while (this.first < this.line.length && this.line[this.first]!.until <= checkpoint) done = this.line[this.first++];
    if (this.first > 1024 || this.first === this.line.length) {
      this.line = this.line.slice(this.first);
      this.first = 0;
    }
    done?.ack();
  }
}
