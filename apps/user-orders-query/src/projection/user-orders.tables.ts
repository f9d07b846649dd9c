/** The tables of the read model: what users bought, with everything an answer about it needs. */
import { defineTable } from '@foldline/projections';
import type { OrderLine, RefusalCode, Role, ShortItem } from '@foldline/contracts';

/** Name and address are null once the account is closed. */
export type UserRow = {
  readonly id: string;
  readonly display_name: string | null;
  readonly email: string | null;
  readonly role: Role;
  readonly status: 'open' | 'closed';
};

export type ProductRow = {
  readonly id: string;
  readonly title: string;
  readonly image: string;
  /** Minor units of `currency`, which never changes. */
  readonly price: number;
  readonly currency: string;
  readonly status: 'listed' | 'withdrawn';
};

/** What one user bought of one product in confirmed, not cancelled orders. There is no row of nothing. */
export type PurchaseRow = {
  readonly user_id: string;
  readonly product_id: string;
  readonly quantity: number;
  /** Minor units of `currency`, at the prices of the orders. */
  readonly spent: number;
  readonly currency: string;
  /** When the first and the last of these orders were placed. */
  readonly first_purchased_at: string;
  readonly last_purchased_at: string;
  readonly order_count: number;
};

export type OrderRow = {
  readonly id: string;
  readonly user_id: string;
  readonly status: 'placed' | 'confirmed' | 'rejected' | 'cancelled';
  readonly items: readonly OrderLine[];
  readonly total: number;
  readonly currency: string;
  readonly placed_at: string;
  readonly decided_at: string | null;
  readonly cancelled_at: string | null;
  readonly rejection: { readonly code: RefusalCode; readonly items: readonly ShortItem[] } | null;
};

export const users = defineTable<UserRow>({
  name: 'users',
  key: ['id'],
  columns: { id: 'uuid', display_name: 'text', email: 'text', role: 'text', status: 'text' },
  nullable: ['display_name', 'email'],
});

export const products = defineTable<ProductRow>({
  name: 'products',
  key: ['id'],
  columns: { id: 'uuid', title: 'text', image: 'text', price: 'bigint', currency: 'text', status: 'text' },
});

export const purchases = defineTable<PurchaseRow>({
  name: 'purchases',
  key: ['user_id', 'product_id'],
  columns: {
    user_id: 'uuid',
    product_id: 'uuid',
    quantity: 'bigint',
    spent: 'bigint',
    currency: 'text',
    first_purchased_at: 'timestamp',
    last_purchased_at: 'timestamp',
    order_count: 'integer',
  },
  indexes: [
    ['user_id', '-last_purchased_at', '-product_id'],
    ['product_id', 'user_id'],
  ],
});

export const orders = defineTable<OrderRow>({
  name: 'orders',
  key: ['id'],
  columns: {
    id: 'uuid',
    user_id: 'uuid',
    status: 'text',
    items: 'json',
    total: 'bigint',
    currency: 'text',
    placed_at: 'timestamp',
    decided_at: 'timestamp',
    cancelled_at: 'timestamp',
    rejection: 'json',
  },
  nullable: ['decided_at', 'cancelled_at', 'rejection'],
  indexes: [
    ['user_id', '-placed_at', '-id'],
    ['user_id', 'status'],
  ],
});

export const tables = { users, products, purchases, orders };
export type Tables = typeof tables;
