/** The projections of the shop that can be replayed: where each is kept, and what of it belongs to one user or product. */
import { knownFacts } from '../../apps/orders/src/lookups/known-facts.project';
import { catalogueModel } from '../../apps/products/src/catalogue/catalogue-search';
import { userOrdersModel } from '../../apps/user-orders-query/src/pages/page-tables';
import { parsePartition, PARTITION_COUNTS, type DatabaseName, type Partition } from '@foldline/contracts';
import type { PgReadModel, Scope } from '@foldline/projections';
import type { StoreName } from '../deployment';
import { UsageError } from '../exit-codes';

export const SUBJECTS = ['user', 'product'] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface Target {
  readonly model: PgReadModel;
  readonly database: DatabaseName;
  /** Where it can be kept. */
  readonly stores: readonly StoreName[];
  /** The service that keeps it current. */
  readonly keptBy: string;
  /** The column of each table that tells whose rows they are. */
  readonly scopes: Readonly<Partial<Record<Subject, Scope>>>;
}

/** `partition`: of the read model, where it is split. */
const targets = (partition?: Partition): readonly Target[] => [
  {
    model: userOrdersModel(partition),
    database: 'query',
    stores: ['postgres', 'mongo'],
    keptBy: 'user-orders-query',
    scopes: {
      user: { users: 'id', purchases: 'user_id', orders: 'user_id' },
      product: { products: 'id', purchases: 'product_id' },
    },
  },
  {
    model: catalogueModel,
    database: 'products',
    stores: ['postgres'],
    keptBy: 'products',
    scopes: { product: { catalogue: 'id' } },
  },
  {
    model: { projection: knownFacts },
    database: 'orders',
    stores: ['postgres'],
    keptBy: 'orders',
    scopes: { user: { buyers: 'id' }, product: { prices: 'id' } },
  },
];

export const nameOf = ({ model }: Target): string => model.projection.name;

/** One by name, or all. */
export function targetsOf(name: string | undefined, { READ_PARTITION } = process.env): readonly Target[] {
  const partition = READ_PARTITION ? parsePartition(READ_PARTITION) : undefined;
  if (READ_PARTITION && !partition)
    throw new UsageError(`READ_PARTITION must be like 1/2, one of ${PARTITION_COUNTS.join(', ')} partitions.`);
  const all = targets(partition);
  if (name === undefined || name === 'all') return all;
  const found = all.find(target => nameOf(target) === name);
  if (found) return [found];
  throw new UsageError(`There is no projection "${name}"; there are: ${all.map(nameOf).join(', ')}.`);
}
