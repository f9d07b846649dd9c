/** Fills the shop with the catalogue: lists what is missing, restocks what runs low, leaves the rest alone. */
import type { Item, ShopClient } from '@foldline/client';
import { catalogue, type CatalogueItem } from './catalogue';

export type ListedProduct = Item<'/products'>;

const LOW_STOCK = 20;

async function allProducts(shop: ShopClient): Promise<ListedProduct[]> {
  const products: ListedProduct[] = [];
  for await (const product of shop.each('/products', { query: { limit: 100 }, wait: 30 })) products.push(product);
  return products;
}

const list = (shop: ShopClient, { slug, title, description, category, amount, stock }: CatalogueItem) =>
  shop.post('/products', {
    body: { title, description, image: `/images/${slug}.svg`, category, price: { amount, currency: 'EUR' }, stock },
  });

/** Gives the catalogue's products as the shop lists them, by title, and how many calls were needed. */
export async function seed(
  shop: ShopClient,
): Promise<{ products: ReadonlyMap<string, ListedProduct>; listed: number; restocked: number }> {
  const wanted = new Map(catalogue.map(item => [item.title, item]));
  const before = (await allProducts(shop)).filter(
    product => product.status !== 'withdrawn' && wanted.has(product.title),
  );
  const present = new Set(before.map(product => product.title));
  const missing = catalogue.filter(item => !present.has(item.title));
  const low = before.filter(product => product.available < LOW_STOCK);
  for (const item of missing) await list(shop, item);
  for (const product of low) {
    await shop.post('/products/{id}/stock', {
      path: { id: product.id },
      body: { quantity: wanted.get(product.title)!.stock },
    });
  }
  const now = missing.length + low.length > 0 ? await allProducts(shop) : before;
  const products = new Map(
    now
      .filter(product => product.status !== 'withdrawn' && wanted.has(product.title))
      .map(product => [product.title, product]),
  );
  return { products, listed: missing.length, restocked: low.length };
}
