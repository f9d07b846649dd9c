/** So many in so long and no more, each key for itself, and the caller is told how it stands. */
import type { FastifyReply } from 'fastify';
import { ProblemException } from '../problems/problem';
import { RateLimit } from './rate-limit';

async function use(
  limit: RateLimit,
  key: string,
): Promise<{ headers: Record<string, string>; refused?: ProblemException }> {
  const headers: Record<string, string> = {};
  const reply = {
    header: (name: string, value: string) => ((headers[name] = value), reply),
  } as unknown as FastifyReply;
  const refused = await limit.use(key, reply).then(
    () => undefined,
    (error: unknown) => error as ProblemException,
  );
  return { headers, ...(refused && { refused }) };
}

it('what is over the limit is 429 with the time to wait, and other keys are not touched', async () => {
  const limit = new RateLimit({ name: 'sign-in', points: 2, seconds: 60 });
  expect((await use(limit, 'a')).headers).toEqual({
    'ratelimit-policy': '"sign-in";q=2;w=60',
    ratelimit: '"sign-in";r=1;t=60',
  });
  expect((await use(limit, 'a')).refused).toBeUndefined();
  const { refused, headers } = await use(limit, 'a');
  expect(refused).toBeInstanceOf(ProblemException);
  expect(refused).toMatchObject({ code: 'too-many-requests', kind: { status: 429 } });
  const wait = Number(refused!.details.headers!['retry-after']);
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(60);
  expect(headers['ratelimit']).toMatch(/;r=0;t=/);
  expect((await use(limit, 'b')).refused).toBeUndefined();
});

it('a hundred at once use no more than there is', async () => {
  const limit = new RateLimit({ name: 'burst', points: 10, seconds: 60 });
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => use(limit, 'a')));
  expect(outcomes.filter(({ refused }) => !refused)).toHaveLength(10);
});
