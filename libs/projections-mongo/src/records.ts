/** What read models know of themselves: which generation serves, how far each is, what was set aside. */
import type { LogName } from '@foldline/contracts';
import type { Checkpoint, GenerationState } from '@foldline/projections';
import type { Db } from './connection';

/** One change of a row, by the name of its table in the projection; without `row` it is deleted. */
export interface PendingRow {
  readonly table: string;
  readonly id: string;
  readonly row: Readonly<Record<string, unknown>> | null;
}

export interface ParkedDocument {
  readonly _id: string;
  readonly of: string;
  readonly log: LogName;
  readonly position: number;
  readonly key: string;
  readonly reason: string;
  /** As text: a document cannot hold every name that an event may have in it. */
  readonly event: string;
  readonly parkedAt: Date;
  readonly mark: string;
}

/** What a committed write still has to put into place. Whoever finds it does. */
export interface Pending {
  readonly rows: readonly PendingRow[];
  readonly parked: readonly ParkedDocument[];
}

export interface GenerationDocument {
  /** `user-orders_g3`. */
  readonly _id: string;
  readonly projection: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly fingerprint: string;
  readonly madeAt: Date;
  /** Counts the writes. */
  readonly turn: number;
  /** Another one with every write: whoever read rows at one mark may write only at the same mark. */
  readonly mark: string;
  readonly checkpoints: { readonly [L in LogName]?: Checkpoint & { readonly recordedAt: Date } };
  readonly pending: Pending | null;
}

export interface NoteDocument {
  readonly _id: string;
  readonly of: string;
  readonly log: LogName;
  readonly kind: 'refused' | 'refilled' | 'halted';
  readonly reason: string;
  readonly count: number;
  readonly position: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export const generationId = (projection: string, generation: number): string => `${projection}_g${generation}`;

export const records = (db: Db) => ({
  projections: db.collection<{ readonly _id: string; readonly serving: number }>('read.projections'),
  generations: db.collection<GenerationDocument>('read.generations'),
  parked: db.collection<ParkedDocument>('read.parked'),
  notes: db.collection<NoteDocument>('read.notes'),
});

const DUPLICATE_KEY = 11000;

/** Somebody else made the same document first. */
export const isDuplicate = (error: unknown): boolean => (error as { code?: unknown })?.code === DUPLICATE_KEY;
