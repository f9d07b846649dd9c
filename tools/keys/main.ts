/** `npm run -s keys`: which keys sign and check access tokens, and a new one for them. */
import { connectPool, Settings } from '@foldline/postgres';
import { Command } from 'commander';
import {
  believedAt,
  KEPT_KEYS,
  LEAD_MS,
  rotateKeys,
  signingAt,
  type KeptKey,
} from '../../apps/users/src/credentials/key-rotation';
import { findDeployment } from '../deployment';
import { endWhenNobodyReads, endWith, UsageError } from '../exit-codes';

interface Told {
  readonly kid: string;
  readonly state: string;
}

const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function told(keys: readonly KeptKey[], now = Date.now()): Told[] {
  const signing = signingAt(keys, now);
  return believedAt(keys, now).map(key => ({
    kid: key.jwk.kid!,
    state: [
      key === signing ? 'signs' : key.signsFrom > now ? `signs from ${timeOf(key.signsFrom)}` : 'signs no more',
      key.believedUntil !== undefined && `its tokens are taken until ${timeOf(key.believedUntil)}`,
    ]
      .filter(Boolean)
      .join('; '),
  }));
}

async function withUsersDatabase(
  work: (database: ReturnType<typeof connectPool>) => Promise<readonly KeptKey[]>,
): Promise<void> {
  const database = connectPool({ url: findDeployment().databaseUrl('users'), name: 'keys', max: 1 });
  try {
    const keys = told(await work(database));
    if (keys.length === 0) throw new Error('There is no key yet: start the users service once.');
    const text = keys.map(({ kid, state }) => `${kid}  ${state}\n`).join('');
    process.stdout.write(program.opts<{ json?: boolean }>().json ? `${JSON.stringify(keys)}\n` : text);
  } finally {
    await database.end();
  }
}

const program = new Command('keys')
  .description('The keys that sign and check access tokens.')
  .option('--json', 'for programs')
  .showHelpAfterError('Add --help for what there is.')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage.');

program
  .command('status', { isDefault: true })
  .description('shows them, the oldest first')
  .action(() => withUsersDatabase(async database => (await new Settings(database).get<KeptKey[]>(KEPT_KEYS)) ?? []));

program
  .command('rotate')
  .description(
    `adds a key, which signs ${LEAD_MS / 1000} s later; the others are withdrawn when the last of their tokens has expired`,
  )
  .option('--lost', 'the others are in wrong hands: withdraws them now, so that every access token must be renewed')
  .action(({ lost }: { lost?: boolean }) => withUsersDatabase(database => rotateKeys(database, { lost })));

async function main(): Promise<void> {
  endWhenNobodyReads();
  try {
    const verb = process.argv.slice(2).find(given => !given.startsWith('-'));
    const verbs = program.commands.map(command => command.name());
    if (verb !== undefined && !verbs.includes(verb))
      throw new UsageError(`There is no "${verb}"; there are: ${verbs.join(', ')}.`);
    await program.parseAsync();
  } catch (error) {
    endWith(error);
  }
}

void main();
