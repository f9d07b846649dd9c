/** Tells the leader of a log's relay, in whichever replica it is, that there is something to publish. */
import type { LogName } from '@foldline/contracts';
import type { NatsLink } from './nats-link';

const subjectOf = (log: LogName): string => `poke.${log}`;

export class Pokes {
  constructor(
    private readonly link: NatsLink,
    private readonly log: LogName,
  ) {}

  /** Lost pokes cost at most the relay's timer. */
  send(): void {
    if (this.link.up) this.link.now?.publish(subjectOf(this.log));
  }

  /** Returns how to stop listening. */
  onPoke(listener: () => void): () => void {
    let stop = (): void => undefined;
    let stopped = false;
    void this.link.connection.then(connection => {
      if (stopped) return;
      const subscription = connection.subscribe(subjectOf(this.log), { callback: listener });
      stop = () => subscription.unsubscribe();
    });
    return () => {
      stopped = true;
      stop();
    };
  }
}
