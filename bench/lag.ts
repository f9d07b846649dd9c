/** From a write's answer until a read shows it: a rename of a user, then the read that carries its token. Beside a running `npm start`. */
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@foldline/service-kit';
import { runningShop } from './core/running-shop';

const ROUNDS = 300;

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1);

export async function lagBench(): Promise<void> {
  const { services } = runningShop();
  const users = services['users']!.url;
  const query = services['user-orders-query']!.url;
  const json = { 'content-type': 'application/json' };
  const person = { email: `${newId()}@example.com`, password: 'a-bench-passphrase-1', displayName: 'Bench' };
  const signedUp = (await (
    await fetch(`${users}/users`, { method: 'POST', headers: json, body: JSON.stringify(person) })
  ).json()) as { id: string };
  const session = (await (
    await fetch(`${users}/sessions`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ email: person.email, password: person.password }),
    })
  ).json()) as { accessToken: string };
  const authorization = `Bearer ${session.accessToken}`;
  const read = async (token?: string): Promise<number> => {
    const startedAt = performance.now();
    const response = await fetch(`${query}/users/${signedUp.id}/products`, {
      headers: { authorization, prefer: 'wait=10', ...(token && { 'consistency-token': token }) },
    });
    await response.arrayBuffer();
    if (response.status !== 200 && response.status !== 404) throw new Error(`a read answered ${response.status}`);
    return performance.now() - startedAt;
  };
  const [visible, plain]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const body = JSON.stringify({ displayName: `Bench ${round}` });
    const written = await fetch(`${users}/users/${signedUp.id}`, {
      method: 'PATCH',
      headers: { ...json, authorization },
      body,
    });
    await written.arrayBuffer();
    const shown = await read(written.headers.get('consistency-token') ?? undefined);
    const warm = await read();
    if (round >= 20) {
      visible.push(shown);
      plain.push(warm);
    }
    await pause(20);
  }
  const sorted = visible.sort((a, b) => a - b);
  plain.sort((a, b) => a - b);
  process.stdout.write(
    `answer of the write -> visible to a read with its token, ms: p50 ${at(sorted, 0.5)}  p95 ${at(sorted, 0.95)}  p99 ${at(sorted, 0.99)}\n`,
  );
  process.stdout.write(
    `the same read with nothing to wait for, ms:                p50 ${at(plain, 0.5)}  p95 ${at(plain, 0.95)}  p99 ${at(plain, 0.99)}\n`,
  );
}
