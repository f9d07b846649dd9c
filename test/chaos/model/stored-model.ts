/** What a read model is as it is stored, in whichever store. */
import type { DatabaseName } from '../stack/chaos-stack';
import type { Head } from './log-events';
import type { Row } from './read-model';
import type { At, ShopModel } from './shop-model';

export interface Projection {
  readonly name: string;
  readonly database: DatabaseName;
  readonly logs: readonly string[];
  /** Table -> columns that are its key. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  expected(model: ShopModel, at: At): Record<string, Map<string, Row>>;
}

export interface Checkpoint extends Head {
  readonly eventId: string;
}

export interface StoredModel {
  readonly projection: Projection;
  readonly generation: number;
  readonly serving: boolean;
  readonly checkpoints: Readonly<Record<string, Checkpoint>>;
  readonly rows: Readonly<Record<string, Map<string, Row>>>;
  readonly parked: readonly {
    readonly log: string;
    readonly position: number;
    readonly key: string;
    readonly reason: string;
  }[];
}
