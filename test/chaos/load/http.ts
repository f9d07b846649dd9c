/** One attempt over HTTP and what it proves: a definite yes, a definite no, or nothing. */
import type { Answer, Call, Vector } from './history';

const TIMEOUT_MS = 15_000;

/** Answers after which the command is certainly not carried out; 401 and 429 come before a command is looked at. */
const isDefiniteNo = (status: number): boolean => status >= 400 && status < 500 && status !== 408;

function positionsOf(header: string | null): Readonly<Record<string, number>> | undefined {
  if (header === null) return undefined;
  const parts = header.split(', ').filter(Boolean);
  return Object.fromEntries(parts.map(part => [part.split('=')[0]!, Number(part.split('=')[1])]));
}

export function vectorOf(token: string | undefined): Vector {
  return token ? (JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Vector) : {};
}

/** `access`: token of the caller, if it has one. Never throws. */
export async function attempt(gateway: string, call: Call, access?: string): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(gateway + call.path, {
      method: call.method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...(access && { authorization: `Bearer ${access}` }),
        ...(call.key && { 'idempotency-key': call.key }),
        ...(call.token && { 'consistency-token': call.token }),
        ...call.headers,
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
    text = await response.text();
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return { verdict: 'unknown', status: 0, code: cause?.code ?? name };
  }
  const { status } = response;
  let body: Answer['body'];
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return { verdict: 'unknown', status, code: 'cut-answer' };
  }
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  const shown = positionsOf(response.headers.get('foldline-positions'));
  return {
    verdict: response.ok ? 'ok' : isDefiniteNo(status) ? 'fail' : 'unknown',
    status,
    ...(body?.code !== undefined && !response.ok && { code: body.code as string }),
    ...(body !== undefined && (response.ok && call.key === undefined ? { text } : { body })),
    ...(header('consistency-token') && { token: header('consistency-token')! }),
    ...(header('etag') && { etag: header('etag')! }),
    ...(shown && { shown }),
    ...(header('idempotent-replayed') && { replayed: true }),
  };
}
