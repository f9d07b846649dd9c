/** A change to a file that the guide changes too has to take the guide along; that its commands work is for CI to follow. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

it("every change that the guide to a service of one's own shows fits the sources", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, 'follow-guide.mjs'), '--changes-only'],
    { encoding: 'utf8' },
  );
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout).toContain('fit the sources');
}, 60_000);
