/** Where nothing is broken, everything is published once and in order: readers that heal themselves must not hide a relay that skips. */
import { LOGS } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Evidence, Judgement } from './evidence';

export function checkWire({ logs, tapped, atRest }: Evidence): Judgement {
  const violations: string[] = [];
  if (tapped.repeats > 0) violations.push(`${tapped.repeats} events were published twice`);
  for (const log of LOGS) {
    const positions = tapped.events.filter(event => event.log === log).map(({ position }) => position);
    // What came before the tap is not its to judge.
    const from = positions[0] ?? 1;
    positions.forEach((position, i) => {
      if (position !== from + i) violations.push(`${log}: ${position} was published where ${from + i} belongs`);
    });
    if (atRest && from + positions.length - 1 !== logs.heads[log].position)
      violations.push(
        `${log}: ${positions.length} events from ${from} on were published, the head is ${logs.heads[log].position}`,
      );
  }
  return judge('WIRE', 'every event is published, once and in order', tapped.events.length, violations);
}
