/** New ids and the time, in one place so that handlers name where impurity enters. */
import { v7 } from 'uuid';

/** A UUIDv7 (RFC 9562), lower case; sorts by the time it was made. */
export const newId = <Id extends string = string>(): Id => v7() as Id;

/** Now as events and answers hold it: RFC 3339 UTC with milliseconds. */
export const timeNow = (): string => new Date().toISOString();
