/** The script of the documentation's page, run as a browser would run it, on the least of a page that it needs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInNewContext } from 'node:vm';

const SCRIPT = readFileSync(resolve(__dirname, '../assets/docs.js'), 'utf8');

interface Options {
  requestInterceptor(request: object): { headers: Record<string, string> };
  responseInterceptor(response: object): object;
}

function page(answer: { ok: boolean; body: object }) {
  const output = { value: '' };
  const authorized: string[][] = [];
  const asked: unknown[][] = [];
  let submit: (event: object) => Promise<void> = () => Promise.reject(new Error('nothing listens'));
  let options!: Options;
  const form = {
    querySelector: () => output,
    addEventListener: (_: string, listener: typeof submit) => (submit = listener),
  };
  const SwaggerUIBundle = (given: Options) => {
    options = given;
    return { preauthorizeApiKey: (...args: string[]) => authorized.push(args) };
  };
  runInNewContext(SCRIPT, {
    document: { querySelector: () => form },
    window: { SwaggerUIBundle },
    FormData: function (): Map<string, string> {
      return new Map(Object.entries({ email: 'a@example.com', password: 'x' }));
    },
    fetch: async (...args: unknown[]) => {
      asked.push(args);
      return { ok: answer.ok, json: async () => answer.body };
    },
  });
  return { output, authorized, asked, options, submit: () => submit({ preventDefault: () => undefined }) };
}

it('signing in by the form signs in for every call', async () => {
  const { submit, authorized, asked, output } = page({ ok: true, body: { accessToken: 'abc', userId: 'u1' } });
  await submit();
  expect(asked).toMatchObject([['/sessions', { method: 'POST', body: '{"email":"a@example.com","password":"x"}' }]]);
  expect(authorized).toEqual([['bearer', 'abc']]);
  expect(output.value).toContain('u1');
});

it('a refused sign-in says why and what to do', async () => {
  const { submit, authorized, output } = page({ ok: false, body: { title: 'Wrong', detail: 'Check both' } });
  await submit();
  expect([authorized, output.value]).toEqual([[], 'Wrong. Check both']);
});

it('a sign-in that was tried as a call counts as well, and later calls show what earlier ones wrote', () => {
  const { options, authorized } = page({ ok: true, body: {} });
  expect(options.requestInterceptor({ headers: {} }).headers).toEqual({});
  options.responseInterceptor({
    status: 201,
    url: 'http://127.0.0.1:8080/sessions',
    headers: { 'consistency-token': 't1' },
    text: '{"accessToken":"abc","userId":"u1"}',
  });
  options.responseInterceptor({ status: 500, url: '/x', headers: {}, text: '' });
  expect(authorized).toEqual([['bearer', 'abc']]);
  expect(options.requestInterceptor({ headers: {} }).headers).toEqual({ 'Consistency-Token': 't1' });
  expect(options.requestInterceptor({ headers: { 'Consistency-Token': 'mine' } }).headers).toEqual({
    'Consistency-Token': 'mine',
  });
});
