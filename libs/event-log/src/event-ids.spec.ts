import { isUuid } from '@foldline/contracts';
import { eventIdOf } from './event-ids';

describe('event ids', () => {
  const command = '0190a1b2-c3d4-7000-8000-000000000001';
  it('are UUIDs, the same for the same command and place, and different otherwise', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => eventIdOf(command, i));
    expect(ids.every(isUuid)).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
    expect(eventIdOf(command, 7)).toBe(ids[7]);
    expect(eventIdOf('0190a1b2-c3d4-7000-8000-000000000002', 7)).not.toBe(ids[7]);
  });
  it('begin like the command id, so that those of one time lie side by side', () => {
    expect(eventIdOf(command, 0).slice(0, 13)).toBe(command.slice(0, 13));
  });
});
