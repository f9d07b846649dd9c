/** Shows changed products in pages that their fan-out has not come to yet: the same text that it will write. */
import { AFTER_PRODUCT_FIELDS, beforeProductFields } from '../stores/postgres/list-sql';

/** More at once than this, and pages are not used: putting so many together would cost more than the rows. */
const MOST_CHANGING = 50;

/** Null where the page cannot be used. */
export type Overlay = (body: string) => string | null;

const asItIs: Overlay = body => body;

/** `changing`: JSON object from product id to the text of its fields, or null where nothing is changing. */
export function overlayOf(changing: string | null): Overlay {
  if (changing === null) return asItIs;
  const products = Object.entries(JSON.parse(changing) as Record<string, string>);
  if (products.length > MOST_CHANGING) return () => null;
  return body => products.reduce((text, [productId, fields]) => withFields(text, productId, fields), body);
}

/** What stands after the fields cannot occur within them: quotes in texts are escaped. */
function withFields(body: string, productId: string, fields: string): string {
  const before = beforeProductFields(productId);
  const found = body.indexOf(before);
  if (found < 0) return body;
  const starts = found + before.length;
  return body.slice(0, starts) + fields + body.slice(body.indexOf(AFTER_PRODUCT_FIELDS, starts));
}

/** How many to ask for: one more than can be used tells that there are too many. */
export const OVERLAY_LIMIT = MOST_CHANGING + 1;
