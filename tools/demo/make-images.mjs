// Draws the demo products' pictures anew: node tools/demo/make-images.mjs (after a build of the demo).
// Each is a small SVG: its category's shape on a colour that follows from its place in the catalogue.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const source = readFileSync(new URL('tools/demo/catalogue.ts', root), 'utf8');
const SHAPES = {
  paper:
    '<path d="M70 40h80l30 30v130H70z" fill="#fff"/><path d="M150 40v30h30M90 100h70M90 125h70M90 150h50" fill="none" stroke="INK" stroke-width="6"/>',
  pens: '<path d="M60 190l12-44L160 58l32 32-88 88z" fill="#fff"/><path d="M60 190l12-44 32 32z" fill="INK"/>',
  kitchen:
    '<path d="M65 90h100v60a40 40 0 0 1-40 40h-20a40 40 0 0 1-40-40z" fill="#fff"/><path d="M165 105h15a20 20 0 0 1 0 45h-17M95 70q-10-15 0-30M125 70q-10-15 0-30" fill="none" stroke="INK" stroke-width="8"/>',
  garden:
    '<path d="M120 195v-80" stroke="INK" stroke-width="8"/><path d="M120 120C70 120 60 80 60 60c40 0 60 20 60 60zM120 140c0-40 20-55 60-55 0 30-15 55-60 55z" fill="#fff"/>',
  desk: '<path d="M60 180h120M90 180V95h60" fill="none" stroke="INK" stroke-width="8"/><path d="M130 60h50l20 45h-90z" fill="#fff"/>',
  travel:
    '<rect x="70" y="75" width="100" height="115" rx="22" fill="#fff"/><path d="M95 75V60a25 25 0 0 1 50 0v15M85 130h70" fill="none" stroke="INK" stroke-width="8"/>',
  games:
    '<rect x="65" y="65" width="110" height="110" rx="20" fill="#fff"/><g fill="INK"><circle cx="95" cy="95" r="11"/><circle cx="145" cy="95" r="11"/><circle cx="120" cy="120" r="11"/><circle cx="95" cy="145" r="11"/><circle cx="145" cy="145" r="11"/></g>',
  bicycle:
    '<g fill="none" stroke="#fff" stroke-width="9"><circle cx="75" cy="150" r="36"/><circle cx="165" cy="150" r="36"/></g><path d="M75 150l30-60h45l15 60M105 90l25 60h-55M140 75h20" fill="none" stroke="INK" stroke-width="8"/>',
};
const folder = new URL('apps/gateway/assets/images/', root);
mkdirSync(folder, { recursive: true });
let category = '';
let n = 0;
for (const line of source.split('\n')) {
  category = /^ {2}(\w+): \[$/.exec(line)?.[1] ?? category;
  const title = /^ {4}\['([^']+)'/.exec(line)?.[1];
  if (!title) continue;
  const hue = (n * 47) % 360;
  const shape = SHAPES[category].replaceAll('INK', `hsl(${hue} 45% 28%)`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" role="img" aria-label="${title}"><rect width="240" height="240" fill="hsl(${hue} 52% 72%)"/>${shape}</svg>\n`;
  writeFileSync(new URL(`${title.toLowerCase().replaceAll(' ', '-')}.svg`, folder), svg);
  n += 1;
}
process.stdout.write(`${n} pictures in ${fileURLToPath(folder)}\n`);
