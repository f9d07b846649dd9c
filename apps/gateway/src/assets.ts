/** Files that the gateway serves, wherever it runs from: the sources or the build. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Found by walking up: beside the sources in development and tests, beside `dist` in a build. */
function assetsFolder(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'apps/gateway/assets');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder))
      throw new Error('apps/gateway/assets is missing: start the gateway from a complete checkout or image');
  }
}

export const ASSETS = assetsFolder();

export interface ApiDocument {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly 'x-problems': Readonly<
    Record<
      string,
      { readonly status: number; readonly title: string; readonly cure: string; readonly retryable?: boolean }
    >
  >;
}

export const readDocument = (): ApiDocument =>
  JSON.parse(readFileSync(join(ASSETS, 'openapi.json'), 'utf8')) as ApiDocument;
