/** Finds the running shop: from the environment, else from the run file that `npm start` writes. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Stack {
  readonly gateway: string;
  readonly admin: { readonly email: string; readonly password: string };
}

/** Thrown where no shop can be found; the message says how to get one. */
export class NoStackError extends Error {}

/** Reads GATEWAY_URL, ADMIN_EMAIL and ADMIN_PASSWORD (or ADMIN_PASSWORD_FILE); what is missing comes from `run.json` in FOLDLINE_DATA. */
export function findStack(env: NodeJS.ProcessEnv = process.env): Stack {
  const secret =
    env.ADMIN_PASSWORD ?? (env.ADMIN_PASSWORD_FILE && readFileSync(env.ADMIN_PASSWORD_FILE, 'utf8').trim());
  if (env.GATEWAY_URL && env.ADMIN_EMAIL && secret) {
    return { gateway: env.GATEWAY_URL.replace(/\/$/, ''), admin: { email: env.ADMIN_EMAIL, password: secret } };
  }
  const file = join(resolve(env.FOLDLINE_DATA ?? '.foldline'), 'run.json');
  let run: Stack;
  try {
    run = JSON.parse(readFileSync(file, 'utf8')) as Stack;
  } catch {
    throw new NoStackError(
      `No running shop found: ${file} cannot be read. Start one with "npm start" in another terminal, or set GATEWAY_URL, ADMIN_EMAIL and ADMIN_PASSWORD.`,
    );
  }
  return { gateway: env.GATEWAY_URL ?? run.gateway, admin: run.admin };
}
