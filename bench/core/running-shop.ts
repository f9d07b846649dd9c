/** The shop that `npm start` runs, for benches of the whole. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../tools/exit-codes';

export interface RunFile {
  readonly gateway: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly pid: number }>>;
  readonly nats: { readonly url: string };
  readonly postgres: { readonly urls: Readonly<Record<'users' | 'products' | 'orders' | 'query', string>> };
  readonly admin: { readonly email: string; readonly password: string };
}

export function runningShop(): RunFile {
  const file = join(resolve(process.env.FOLDLINE_DATA ?? '.foldline'), 'run.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunFile;
  } catch {
    throw new UsageError(
      `${file} cannot be read: this bench measures a running shop, so start one with "npm start" in another terminal.`,
    );
  }
}

/** An access token of the admin. */
export async function adminToken({ services, admin }: RunFile): Promise<string> {
  const response = await fetch(`${services['users']!.url}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  });
  if (!response.ok) throw new Error(`the admin cannot sign in: ${response.status}`);
  return ((await response.json()) as { accessToken: string }).accessToken;
}
