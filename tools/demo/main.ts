/** `npm run demo`: fills a running shop and tells what happens in it. Safe to run again. */
import { ShopClient } from '@foldline/client';
import { categories } from './catalogue';
import { seed } from './seed';
import { positionsText } from './shop';
import { findStack } from './stack';
import { shopFor, shoppers, type Say } from './story';

const say: Say = line => void process.stdout.write(`${line}\n`);

const HELP = `Usage: npm run demo

Seeds 64 products in ${categories.length} categories, signs two shoppers up, buys, cancels, and prints what
GET /users/:id/products answers, with the events behind it. Running it again adds orders, not products.

Finds the shop that "npm start" runs, or the one named by GATEWAY_URL, ADMIN_EMAIL and ADMIN_PASSWORD.`;

async function demo(): Promise<void> {
  const stack = findStack();
  say(`The shop at ${stack.gateway}`);
  const admin = new ShopClient({ url: stack.gateway });
  await admin.signIn(stack.admin);
  const { products, listed, restocked } = await seed(admin);
  const seen = positionsText(admin.consistencyToken);
  say(`Catalogue: ${products.size} products, ${listed} listed now, ${restocked} restocked (${seen}).`);
  for (const shopper of shoppers) await shopFor(shopper, stack.gateway, products, say);
  say('');
  say(`Go on by yourself: ${stack.gateway}/docs`);
  for (const { email, password } of shoppers) say(`  sign in as ${email} with ${password}`);
}

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  say(HELP);
} else if (process.argv.length > 2) {
  process.stderr.write(`The demo takes no arguments.\n\n${HELP}\n`);
  process.exitCode = 2;
} else {
  demo().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
