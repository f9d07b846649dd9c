-- Writes of a call whose stream is not at the version they were decided for. Where "first" is given and an event of that id
-- exists, the write is a repeat of the command that wrote it.
create function log.outdated(p_writes jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select w.n,
         case when before.position is null
           then jsonb_build_object('n', w.n, 'kind', 'conflict', 'stream', w.stream, 'actual', w.actual)
           else jsonb_build_object(
             'n', w.n, 'kind', 'duplicate', 'position', before.position, 'sameRequest', true, 'result', null)
         end
    from (
      select _.n, _.stream, _.expected, _.first,
             coalesce((select max(e.version) from log.events e where e.stream = _.stream), 0) as actual
        from jsonb_to_recordset(p_writes) as _ (n int, stream text, expected int, first uuid)
    ) w
    left join lateral (
      select max(later.position) as position
        from log.events e
        join log.events later
          on later.position between e.position and e.position + 10000
         and later.metadata ->> 'commandId' = e.metadata ->> 'commandId'
       where e.event_id = w.first
    ) before on true
   where w.actual <> w.expected;
end;
