/** A few sessions, and more work than sessions: each takes what is next. */
import type { Connection } from '@foldline/postgres';

export class SessionsInTurns {
  private readonly free: Connection[];
  private readonly waiting: ((session: Connection) => void)[] = [];

  constructor(sessions: readonly Connection[]) {
    this.free = [...sessions];
  }

  async run<T>(work: (session: Connection) => Promise<T>): Promise<T> {
    const session = this.free.pop() ?? (await new Promise<Connection>(take => this.waiting.push(take)));
    try {
      return await work(session);
    } finally {
      const next = this.waiting.shift();
      if (next) next(session);
      else this.free.push(session);
    }
  }
}
