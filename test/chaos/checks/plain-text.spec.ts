import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesBelow, searched } from './plain-text';

it('a text is found in any file below a folder, between any bytes, and what it is is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-plain-text-'));
  try {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'clean'), 'nothing');
    writeFileSync(join(folder, 'deep/page'), Buffer.concat([Buffer.from([0, 255]), Buffer.from('xx secret yy')]));
    const { looked, found } = searched([...filesBelow(folder), join(folder, 'gone')], [['a password', 'secret']]);
    expect(looked).toBe(2);
    expect(found).toEqual([{ file: join(folder, 'deep/page'), what: 'a password' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
