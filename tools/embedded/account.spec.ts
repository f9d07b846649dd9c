import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { unprivileged } = require('./account.cjs');

const folder = mkdtempSync(join(tmpdir(), 'foldline-account-'));
const program = join(folder, 'program');
beforeAll(() => {
  chmodSync(folder, 0o755);
  writeFileSync(program, '#!/bin/sh\n[ "$LIBRARIES" = there ]\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const asRoot = process.getuid?.() === 0 ? it : it.skip;

asRoot(
  'a server whose libraries stand elsewhere, as after npm ci --ignore-scripts, is run by the other account',
  () => {
    const data = join(folder, 'data');
    expect(unprivileged(program, data, { LIBRARIES: 'there' })).toMatchObject({
      prefix: [],
      owner: { uid: expect.any(Number) },
    });
    expect(() => unprivileged(program, data)).toThrow(/cannot reach/);
  },
);
