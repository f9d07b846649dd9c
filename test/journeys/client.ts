/** A client that shows everything of an answer; nothing is thrown, nothing retried. */
import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
  readonly body: any;
}

export interface Call {
  readonly body?: unknown;
  /** Sent as it is, without a content type of its own. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const callOn =
  (url: string) =>
  async (method: string, path: string, { body, raw, token, headers }: Call = {}): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(40_000),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined ? { body: JSON.stringify(body) } : raw !== undefined ? { body: raw } : {}),
    });
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, text, body: parsed };
  };

export type Caller = ReturnType<typeof callOn>;

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

const PASSWORD = 'a-long-enough-passphrase';

export async function signIn(call: Caller, email: string, password: string): Promise<{ token: string; id: string }> {
  const { status, body, text } = await call('POST', '/sessions', { body: { email, password } });
  if (status !== 201) throw new Error(`sign-in answered ${status}: ${text}`);
  return { token: body.accessToken, id: body.userId };
}

export async function newPerson(call: Caller, displayName = 'Somebody'): Promise<Person> {
  const email = `${randomUUID()}@example.com`;
  const { status, text } = await call('POST', '/users', { body: { email, password: PASSWORD, displayName } });
  if (status !== 201) throw new Error(`sign-up answered ${status}: ${text}`);
  return { ...(await signIn(call, email, PASSWORD)), email, password: PASSWORD };
}

let made = 0;

/** Lists a product and gives its id. */
export async function newProduct(
  call: Caller,
  adminToken: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  made += 1;
  const body = {
    title: `Thing ${made}`,
    description: 'A thing of the tests.',
    image: '/images/enamel-mug.svg',
    category: 'things',
    price: { amount: 1250, currency: 'EUR' },
    stock: 100,
    ...fields,
  };
  const { status, body: product, text } = await call('POST', '/products', { token: adminToken, body });
  if (status !== 201) throw new Error(`listing answered ${status}: ${text}`);
  return product.id;
}

/** Buys and waits for the decision. */
export const buy = (
  call: Caller,
  token: string,
  items: readonly { productId: string; quantity: number }[],
  headers: Record<string, string> = {},
) => call('POST', '/orders', { token, body: { items }, headers: { prefer: 'wait=10', ...headers } });

/** Headers with which a read shows at least what an answer told of. */
export const after = ({ headers }: Answer): Record<string, string> => ({
  'consistency-token': headers.get('consistency-token') ?? '',
  prefer: 'wait=10',
});
