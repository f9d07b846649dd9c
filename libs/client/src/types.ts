/** What a call needs and what it answers, read out of the types of the OpenAPI document. */
import type { paths } from './api.js';

export type Verb = 'get' | 'post' | 'patch' | 'delete';

/** Addresses that know a verb. */
export type AddressOf<V extends Verb> = {
  [P in keyof paths]: paths[P] extends { [K in V]: object } ? P : never;
}[keyof paths];

type Operation<V extends Verb, P extends AddressOf<V>> = NonNullable<paths[P][V]>;

type PathFields<O> = O extends { parameters: { path: infer F } } ? { readonly path: F } : {};
type QueryFields<O> = O extends { parameters: { query?: infer F } }
  ? [NonNullable<F>] extends [never]
    ? {}
    : { readonly query?: F }
  : {};
type BodyField<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? { readonly body: B } : {};

/** What every call may say beside its fields. */
export interface CallOptions {
  /** Seconds to wait, at most 30: a read for what this client has seen, an order for its decision. */
  readonly wait?: number;
  /** Names a write, so that sending it again has one effect and one answer; made up where it is left out. */
  readonly idempotencyKey?: string;
  /** The `etag` of what was read: a change of anything newer is refused with `stale-version`. */
  readonly ifMatch?: string;
  /** Ends the call and its repetitions. */
  readonly signal?: AbortSignal;
}

/** Path and query fields and the body of a call, and its options. */
export type Given<V extends Verb, P extends AddressOf<V>> = PathFields<Operation<V, P>> &
  QueryFields<Operation<V, P>> &
  BodyField<Operation<V, P>> &
  CallOptions;

/** To be left out where no field is needed. */
export type Arguments<G> = {} extends G ? [given?: G] : [given: G];

type Bodies<R> = {
  [S in keyof R & (200 | 201)]: R[S] extends { content: { 'application/json': infer B } } ? B : never;
}[keyof R & (200 | 201)];

/** The body of a success; undefined where there is none. */
export type Result<V extends Verb, P extends AddressOf<V>> =
  Operation<V, P> extends { responses: infer R } ? ([Bodies<R>] extends [never] ? undefined : Bodies<R>) : never;

/** Addresses whose answers are pages of a list. */
export type ListAddress = {
  [P in AddressOf<'get'>]: Result<'get', P> extends { items: readonly unknown[]; next: unknown } ? P : never;
}[AddressOf<'get'>];

export type Item<P extends ListAddress> = Result<'get', P> extends { items: readonly (infer I)[] } ? I : never;
