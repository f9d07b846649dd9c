/** However a run ends, by Ctrl-C or by kill -9, its servers and programs end with it: a guard of its own sees to that. */
import { fromRoot } from './root';

interface TestFolderClass {
  new (): { readonly env: Readonly<Record<string, string>> };
  isWithin(): boolean;
}

/** From here on what this process makes lies in a folder that goes when it does, and what it starts carries the mark of it. */
export function ownTestFolder(): void {
  const { TestFolder } = fromRoot<{ TestFolder: TestFolderClass }>('tools/test/test-folder.cjs');
  if (!TestFolder.isWithin()) Object.assign(process.env, new TestFolder().env);
}

/** The mark, for what is started with an environment of its own. */
export function runMark(): NodeJS.ProcessEnv {
  const { MARK } = fromRoot<{ MARK: string }>('tools/test/marked-processes.cjs');
  return process.env[MARK] === undefined ? {} : { [MARK]: process.env[MARK] };
}
