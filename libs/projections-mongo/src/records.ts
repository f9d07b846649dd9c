/** What read models know of themselves: which generation serves, how far each is, what was set aside. */
import type { LogName } from '@foldline/contracts';
import type { Checkpoint, GenerationState } from '@foldline/projections';
import type { Db } from './connection';

/** One change of a row, by its table's name without the generation's suffix; without `row` it is deleted. */
export interface PendingRow {
  readonly table: string;
  readonly id: string;
  readonly row: Readonly<Record<string, unknown>> | null;
}

export interface ParkedDocument {
  readonly _id: string;
  /** The id of its generation; absent when it was applied later: then only the place is kept, so that no late write parks it again. */
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
  /** Ids of events that were parked and are applied now. */
  readonly applied?: readonly string[];
  /** Those that still cannot be applied, with the reason of the last try. */
  readonly reasons?: readonly { readonly id: string; readonly reason: string }[];
}

/** Nobody writes to a generation but the one who holds it; it ends by itself when its holder does not renew it. */
export interface Hold {
  readonly by: string;
  readonly until: Date;
}

/** The right to build the next generation. */
export interface Builder {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly since: Date;
  readonly until: Date;
}

export interface PointerDocument {
  /** The projection's name. */
  readonly _id: string;
  /** 0: none yet. */
  readonly serving: number;
  /** What a rollback goes back to, and when it is dropped by itself. */
  readonly previous: number | null;
  readonly previousUntil: Date | null;
  /** The highest number ever given: none is given twice, so that what comes late finds no other generation in its place. */
  readonly newest: number;
  /** Generations that are being deleted. */
  readonly dropping: readonly number[];
  readonly builder: Builder | null;
  /** Another one with every change of which generation serves, and before a hold is broken. */
  readonly mark: string;
}

export interface GenerationDocument {
  /** `user-orders_g3`. */
  readonly _id: string;
  readonly projection: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly fingerprint: string;
  readonly madeAt: Date;
  /** Names of its tables, without the generation's suffix. */
  readonly tables: readonly string[];
  /** Counts the writes. */
  readonly turn: number;
  /** Another one with every write: whoever read rows at one mark may write only at the same mark. */
  readonly mark: string;
  readonly checkpoints: { readonly [L in LogName]?: Checkpoint & { readonly recordedAt: Date } };
  readonly pending: Pending | null;
  readonly hold: Hold | null;
  /** Counts the writes that no event brought: rows mended, parked events redriven. */
  readonly repairs: number;
  /** While it is built: who builds it, and the marks of the writes that are whole. */
  readonly builder: string | null;
  readonly written: readonly string[];
  /** It is being deleted. */
  readonly dropped?: boolean;
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
  projections: db.collection<PointerDocument>('read.projections'),
  generations: db.collection<GenerationDocument>('read.generations'),
  parked: db.collection<ParkedDocument>('read.parked'),
  notes: db.collection<NoteDocument>('read.notes'),
});

/** On disk before anything else follows it: what a server forgets after a crash must be the newest. */
export const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const;

const DUPLICATE_KEY = 11000;

/** Somebody else made the same document first. */
export const isDuplicate = (error: unknown): boolean => (error as { code?: unknown })?.code === DUPLICATE_KEY;
