/** What this client has seen, over all calls, so that no later answer shows less. */

type Positions = Record<string, readonly [incarnation: string, position: number]>;

const decode = (token: string): Positions =>
  JSON.parse(atob(token.replaceAll('-', '+').replaceAll('_', '/'))) as Positions;
const encode = (positions: Positions): string =>
  btoa(JSON.stringify(positions)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** The token of both: calls that run side by side each know only of themselves, so the last answer is not enough. */
export function joinTokens(before: string | undefined, seen: string): string {
  if (before === undefined || before === seen) return seen;
  const joined = decode(before);
  for (const [log, at] of Object.entries(decode(seen))) {
    const known = joined[log];
    if (!known || known[0] !== at[0] || at[1] > known[1]) joined[log] = at;
  }
  return encode(joined);
}
