/** Log lines can be read by machines, cannot be forged, and hold nothing about people. */
import { Writable } from 'node:stream';
import { makeLogger, NestLogger } from './logger';

const lines: string[] = [];
const sink = new Writable({
  write: (chunk: Buffer, _, done) => {
    lines.push(chunk.toString());
    done();
  },
});
const log = makeLogger('things', 'debug', sink);
const last = (): Record<string, unknown> => JSON.parse(lines.at(-1)!) as Record<string, unknown>;

it('a line is one JSON object that names its service and level', () => {
  log.info({ position: 7 }, 'published');
  expect(lines.at(-1)!.trim()).not.toContain('\n');
  expect(last()).toMatchObject({ service: 'things', level: 'info', msg: 'published', position: 7 });
});

it('line ends in what people wrote do not begin another line', () => {
  const before = lines.length;
  log.info({ route: 'a\r\n{"level":"info","msg":"forged"}' }, 'b\nc');
  expect(lines.length).toBe(before + 1);
  expect(
    lines
      .at(-1)!
      .trim()
      .split(/[\r\n]/),
  ).toHaveLength(1);
});

it('what is secret or says who somebody is does not get in by mistake', () => {
  log.warn({
    body: { password: 'canary', email: 'canary', displayName: 'canary', accessToken: 'canary' },
    headers: { authorization: 'canary', cookie: 'canary' },
    err: Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(canary)',
      parameters: ['canary'],
      where: 'canary',
    }),
  });
  expect(lines.at(-1)).not.toContain('canary');
  expect(last()['err']).toMatchObject({ message: 'duplicate key', stack: expect.any(String) });
});

it("Nest's own chatter is for debugging, its errors are errors", () => {
  const nest = new NestLogger(log);
  nest.log('mapped route', 'Router');
  expect(last()).toMatchObject({ level: 'debug', msg: 'mapped route', context: 'Router' });
  nest.error(new Error('broken'), 'Injector');
  expect(last()).toMatchObject({ level: 'error', msg: 'broken', err: { message: 'broken' } });
  nest.warn('careful');
  expect(last()).toMatchObject({ level: 'warn' });
});
