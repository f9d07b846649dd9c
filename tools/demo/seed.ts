/** Fills the shop with the catalogue: lists what is missing, restocks what runs low, leaves the rest alone. */
import { catalogue, type CatalogueItem } from './catalogue';
import type { Shop } from './shop';

export interface ListedProduct {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly available: number;
  readonly status: string;
}

const LOW_STOCK = 20;

async function allProducts(shop: Shop): Promise<ListedProduct[]> {
  const products: ListedProduct[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: { body: { items: ListedProduct[]; next: string | null } } = await shop.call(
      'GET',
      `/products?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      { headers: { prefer: 'wait=30' } },
    );
    products.push(...body.items);
    cursor = body.next ?? null;
  }
  return products;
}

const list = (shop: Shop, accessToken: string, { slug, title, description, category, amount, stock }: CatalogueItem) =>
  shop.call('POST', '/products', {
    accessToken,
    body: { title, description, image: `/images/${slug}.svg`, category, price: { amount, currency: 'EUR' }, stock },
  });

/** Gives the catalogue's products as the shop lists them, by title, and how many calls were needed. */
export async function seed(
  shop: Shop,
  accessToken: string,
): Promise<{ products: ReadonlyMap<string, ListedProduct>; listed: number; restocked: number }> {
  const wanted = new Map(catalogue.map(item => [item.title, item]));
  const before = (await allProducts(shop)).filter(
    product => product.status !== 'withdrawn' && wanted.has(product.title),
  );
  const present = new Set(before.map(product => product.title));
  const missing = catalogue.filter(item => !present.has(item.title));
  const low = before.filter(product => product.available < LOW_STOCK);
  for (const item of missing) await list(shop, accessToken, item);
  for (const product of low) {
    await shop.call('POST', `/products/${product.id}/stock`, {
      accessToken,
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
