/** The statements of the two lists: keyset pages, rows made into the JSON text that is sent, many users in one call. */
import { generationTable } from '@foldline/projections';
import { orders, products, purchases } from '../../projection/user-orders.tables';
import { momentColumns } from './moment';

const time = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** `"2026-01-01T10:00:00.000Z"`, or null. */
const quotedTime = (column: string): string => `coalesce('"' || ${time(column)} || '"', 'null')`;
/** Currencies are three capital letters: nothing in them needs escaping. */
const money = (amount: string, currency: string): string =>
  `'{"amount":', ${amount}, ',"currency":"', ${currency}, '"}'`;

/** The part of an item that belongs to the product, so that a change of it can be written into ready pages. */
export const productFields = (product: string): string => `concat(
    '"title":', coalesce(to_json(${product}.title)::text, 'null'),
    ',"image":', coalesce(to_json(${product}.image)::text, 'null'),
    ',"price":', case when ${product}.id is null then 'null' else concat(${money(`${product}.price`, `${product}.currency`)}) end
  )`;
/** What stands before and after it. */
export const beforeProductFields = (productId: string): string => `{"productId":"${productId}",`;
export const AFTER_PRODUCT_FIELDS = ',"quantity":';

const ASKED = `unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::uuid[])
    with ordinality as asked(user_id, caller_id, up_to, after_at, after_id, n)`;

/** One row more than asked for tells whether there is a next page; `at` and `id` of the last shown row are its cursor. */
const PAGE = `
    select
      coalesce(string_agg(item, ',' order by nth) filter (where nth <= asked.up_to), '') as items,
      count(*) > asked.up_to as more,
      max(at) filter (where nth = asked.up_to) as last_at,
      max(id::text) filter (where nth = asked.up_to) as last_id`;

export const purchasesSql = (generation: number): string => `
select ${momentColumns(generation)}, page.*, (
    select count(*)::int from ${generationTable(orders, generation)} o
    where o.user_id = asked.user_id and o.status = 'placed'
  ) as pending
from ${ASKED}
left join lateral (${PAGE},
      coalesce(bool_or(unknown) filter (where nth <= asked.up_to), false) as incomplete
    from (
      select bought.at, bought.product_id as id, product.id is null as unknown,
        row_number() over (order by bought.at desc, bought.product_id desc) as nth,
        concat(
          '{"productId":"', bought.product_id, '",', ${productFields('product')},
          '${AFTER_PRODUCT_FIELDS}', bought.quantity,
          ',"spent":', ${money('bought.spent', 'bought.currency')},
          ',"firstPurchasedAt":', ${quotedTime('bought.first_purchased_at')},
          ',"lastPurchasedAt":', ${quotedTime('bought.at')},
          ',"orderCount":', bought.order_count, '}'
        ) as item
      from (
        select p.*, p.last_purchased_at as at from ${generationTable(purchases, generation)} p
        where p.user_id = asked.user_id and (p.last_purchased_at, p.product_id) < (asked.after_at, asked.after_id)
        order by p.last_purchased_at desc, p.product_id desc limit asked.up_to + 1
      ) bought left join ${generationTable(products, generation)} product on product.id = bought.product_id
    ) listed
  ) page on true
order by asked.n`;

export const ordersSql = (generation: number): string => `
select ${momentColumns(generation)}, page.*
from ${ASKED}
left join lateral (${PAGE}
    from (
      select placed.at, placed.id,
        row_number() over (order by placed.at desc, placed.id desc) as nth,
        concat(
          '{"id":"', placed.id,
          '","status":"', placed.status,
          '","items":', (
            select concat('[', string_agg(concat(
              '{"productId":"', line."productId", '","quantity":', line.quantity,
              ',"unitPrice":', ${money('line."unitPrice"', 'placed.currency')}, '}'
            ), ','), ']')
            from json_to_recordset(placed.items) as line("productId" uuid, quantity bigint, "unitPrice" bigint)
          ),
          ',"total":', ${money('placed.total', 'placed.currency')},
          ',"placedAt":', ${quotedTime('placed.at')},
          ',"decidedAt":', ${quotedTime('placed.decided_at')},
          ',"cancelledAt":', ${quotedTime('placed.cancelled_at')},
          case when placed.rejection is not null then ',"rejection":' || placed.rejection end, '}'
        ) as item
      from (
        select o.*, o.placed_at as at from ${generationTable(orders, generation)} o
        where o.user_id = asked.user_id and (o.placed_at, o.id) < (asked.after_at, asked.after_id)
        order by o.placed_at desc, o.id desc limit asked.up_to + 1
      ) placed
    ) listed
  ) page on true
order by asked.n`;
