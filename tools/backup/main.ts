/** `npm run -s backup -- DIR`: every log and the secrets of a running shop. `restore` calls the other verbs. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseName } from '@foldline/contracts';
import { Command } from 'commander';
import { findDeployment } from '../deployment';
import { endWhenNobodyReads, endWith, UsageError } from '../exit-codes';
import { load } from './load';
import { backupsIn, readBackup, type Manifest } from './manifest';
import { save } from './save';

const owned = (env: NodeJS.ProcessEnv) => (name: DatabaseName) => {
  const url = env[`${name.toUpperCase()}_OWNER_URL`];
  if (url) return url;
  throw new UsageError(`${name.toUpperCase()}_OWNER_URL is not set. Use "npm run -s restore -- DIR".`);
};

const told = (manifest: Manifest): string =>
  `${manifest.madeAt}: ${backupsIn(manifest)
    .flatMap(([name, { log }]) => (log ? [`${name} up to ${log.position}`] : []))
    .join(', ')}`;

const program = new Command('backup')
  .description(
    'Writes every log and the secrets of the running shop into a new folder. Read models are not in it: they are made anew.',
  )
  .argument('<folder>', 'a folder that does not exist yet')
  .option('--json', 'the manifest on standard output')
  .showHelpAfterError('Add --help for what there is.')
  .exitOverride()
  .action(async (given: string, { json }: { json?: boolean }) => {
    const folder = resolve(given);
    if (existsSync(folder)) throw new UsageError(`${folder} is there already. Name a folder that does not exist yet.`);
    const secretsFile = join(resolve(process.env.FOLDLINE_DATA ?? '.foldline'), 'secrets.json');
    if (!existsSync(secretsFile))
      throw new UsageError(`${secretsFile} is not there: nothing to back up. Start the shop, or set FOLDLINE_DATA.`);
    const deployment = findDeployment();
    const manifest = await save(folder, { urlOf: name => deployment.ownerUrl(name), secretsFile });
    process.stdout.write(json ? `${JSON.stringify(manifest)}\n` : `Wrote ${folder} (${told(manifest)})\n`);
    if (!json)
      process.stderr.write('It holds passwords, keys and personal data: keep it as closed as the shop itself.\n');
  });

/** What only `restore` calls, which has started a server for it. */
const internal: Readonly<Record<string, (folder: string) => Promise<Manifest>>> = {
  '--check': readBackup,
  '--load': folder => load(folder, owned(process.env)),
};

async function main(): Promise<void> {
  endWhenNobodyReads();
  try {
    const [verb = '', folder = ''] = process.argv.slice(2);
    if (internal[verb]) process.stdout.write(`${told(await internal[verb](folder))}\n`);
    else await program.parseAsync();
  } catch (error) {
    endWith(error);
  }
}

void main();
