/** The runner's decisions as pure functions: what to make of a message, of an owner's head and of a page of its log. */
import type { LogHead, LogName, StoredEvent } from '@foldline/contracts';
import type { Checkpoint } from '../ports';

export type MessageVerdict =
  | { readonly kind: 'take' }
  | { readonly kind: 'duplicate' }
  /** Applied here under another id: only the owner knows which is right. */
  | { readonly kind: 'fork'; readonly ours: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/** `appliedId` gives the id of an event applied not long ago, if it is still known. */
export function judgeMessage(
  log: LogName,
  at: Checkpoint,
  appliedId: (position: number) => string | undefined,
  event: StoredEvent,
): MessageVerdict {
  if (event.log !== log) return { kind: 'refuse', reason: 'message of another log' };
  if (event.incarnation !== at.incarnation) return { kind: 'refuse', reason: 'message of another incarnation' };
  if (event.position > at.position) return { kind: 'take' };
  const ours = event.position === at.position ? at.eventId : appliedId(event.position);
  return ours === undefined || ours === event.eventId ? { kind: 'duplicate' } : { kind: 'fork', ours };
}

export type HeadVerdict =
  | { readonly kind: 'level' }
  | { readonly kind: 'behind'; readonly by: number }
  | { readonly kind: 'halt'; readonly reason: string };

/** `head` was asked for with `at: checkpoint.position`. */
export function judgeHead(at: Checkpoint, head: LogHead): HeadVerdict {
  if (at.position > 0) {
    if (head.incarnation !== at.incarnation)
      return {
        kind: 'halt',
        reason: 'the log was replaced or restored: it has another incarnation than the checkpoint',
      };
    if (head.position < at.position)
      return { kind: 'halt', reason: 'the log ends before the checkpoint: it lost events that were applied here' };
    if (head.eventIdAt !== at.eventId)
      return { kind: 'halt', reason: 'the log forked: it holds another event at the position of the checkpoint' };
  }
  return head.position === at.position ? { kind: 'level' } : { kind: 'behind', by: head.position - at.position };
}

/** The part of an owner's page that follows `after` without a hole; a page that breaks the log's own laws is refused whole. */
export function judgePage(
  log: LogName,
  incarnation: string,
  after: number,
  page: readonly StoredEvent[],
): { readonly kind: 'take' } | { readonly kind: 'refuse'; readonly reason: string } {
  for (const [i, event] of page.entries()) {
    if (event.log !== log) return { kind: 'refuse', reason: 'page of another log' };
    if (event.incarnation !== incarnation) return { kind: 'refuse', reason: 'page of another incarnation' };
    if (event.position !== after + 1 + i) return { kind: 'refuse', reason: 'page with a hole' };
  }
  return { kind: 'take' };
}

/**
 * How many of the events follow the checkpoint and one another by the id of the event before: a position alone would
 * also fit a log that was set back and then grew past where it was.
 */
export function followingOn(at: Checkpoint, events: readonly StoredEvent[]): number {
  let previous = at.eventId;
  for (const [i, event] of events.entries()) {
    if (event.previousId !== previous) return i;
    previous = event.eventId;
  }
  return events.length;
}
