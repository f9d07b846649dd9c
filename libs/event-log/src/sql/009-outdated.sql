-- Writes of a call whose stream is not at the version they were decided for.
create function log.outdated(p_writes jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select w.n, jsonb_build_object('n', w.n, 'kind', 'conflict', 'stream', w.stream, 'actual', w.actual)
    from (
      select _.n, _.stream, _.expected,
             coalesce((select max(e.version) from log.events e where e.stream = _.stream), 0) as actual
        from jsonb_to_recordset(p_writes) as _ (n int, stream text, expected int)
    ) w
   where w.actual <> w.expected;
end;
