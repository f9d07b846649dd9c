/** Ends when all of it has ended, so that nothing runs on; then rejects with what failed first in their order. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}
