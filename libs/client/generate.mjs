// Writes src/api.ts, the types of every call, from the stored OpenAPI document; `--check` only says whether it is as it should be.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const DOCUMENT = new URL('../../apps/gateway/assets/openapi.json', import.meta.url);
const FILE = new URL('src/api.ts', import.meta.url);

const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
const types = astToString(await openapiTS(document, { alphabetize: true }));
const codes = Object.keys(document['x-problems']).sort();
const text = `/** Made by libs/client/generate.mjs from apps/gateway/assets/openapi.json: change that, not this. */
/* eslint-disable */
${types.trim()}
/** Every \`code\` that a problem can have. */
export type ProblemCode =
${codes.map(code => `    | "${code}"`).join('\n')};
`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('libs/client/src/api.ts is not what the OpenAPI document says. Run: node libs/client/generate.mjs');
  process.exitCode = 1;
}
