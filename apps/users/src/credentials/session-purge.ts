/** Sessions that are long over leave the database, a few at a time. */
import type { Sessions } from './sessions';

const EVERY_MS = 600_000;

/** Gives the way to stop it. What fails is made up for by the next turn. */
export function purgeSessions(sessions: Sessions): () => void {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped && !(await sessions.purge()));
  };
  const timer = setInterval(() => void run().catch(() => undefined), EVERY_MS).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
