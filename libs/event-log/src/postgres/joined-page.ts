/**
 * A page of events as it travels, put together by the database. Here each row would be taken apart by the driver and put
 * together again, which costs several times as much. The text is that of encodeEventAround.
 */

const EVENT = `concat(
  '{"specversion":"1.0","id":"', event_id, '","source":"/', $4::text, '","type":"shop.', $4::text, '.', type, '.v', schema_version,
  '","subject":', to_json(stream),
  ',"time":"', to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  '","datacontenttype":"application/json","log":"', (select incarnation from log.log_head), '","position":', position,
  ',"previousid":"' || previous || '"',
  ',"streamversion":', version,
  ',"commandid":' || (metadata -> 'commandId')::text,
  ',"correlationid":' || (metadata -> 'correlationId')::text,
  ',"causationid":' || (metadata -> 'causationId')::text,
  ',"traceparent":' || (metadata -> 'traceparent')::text,
  ',"actor":' || (metadata -> 'actor')::text,
  ',"data":', data, '}')`;

/** In rows of about so many bytes: a text that V8 keeps apart for its size costs a collection of garbage each time. */
const PIECE_BYTES = 48_000;

/**
 * Rows of a piece and of how many events are left out of the whole page: those of the types in $5, but for its first and last.
 * A piece is null where an event is so large that the spaces in its text count: those are read one by one.
 */
export const joinedPage = (page: string, spacious: number): string => `
select case when bool_or(bytes >= ${spacious}) then null else string_agg(${EVENT}, ',' order by position) end,
       (max(found) - sum(count(*)) over ())::int
  from (select *, count(*) over () as found, max(position) over () as last from (${page}) whole) page
 where type <> all ($5::text[]) or position in ($1 + 1, last)
 group by (total / ${PIECE_BYTES})::int order by min(position)`;
