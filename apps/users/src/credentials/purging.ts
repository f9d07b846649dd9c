/** What is long over leaves the database, a few rows at a time. */

/** Removes some of what is over; `false` when there is more. */
interface Purged {
  purge(): Promise<boolean>;
}

/** Gives the way to stop it. What fails is made up for by the next turn. */
export function purgeEvery(ms: number, purged: Purged): () => void {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped && !(await purged.purge()));
  };
  const timer = setInterval(() => void run().catch(() => undefined), ms).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
