/** A typed client of the shop: `fetch` and nothing else. */
export type { components, ProblemCode } from './api.js';
export { ShopClient, type Answer, type ClientOptions } from './client.js';
export { ProblemError, type Problem } from './problem-error.js';
export type { SessionTokens } from './session-tokens.js';
export type { AddressOf, CallOptions, Given, Item, ListAddress, Result, Verb } from './types.js';
