-- Writes of a call whose stream is not at the version they were decided for, and those that name a stream twice.
create function log.outdated(p_writes jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select w.n,
         case when w.turn > 1 then jsonb_build_object('n', w.n, 'kind', 'again')
         else jsonb_build_object('n', w.n, 'kind', 'conflict', 'stream', w.stream, 'actual', w.actual) end
    from (
      select _.n, _.stream, _.expected,
             row_number() over (partition by _.stream order by _.n) as turn,
             coalesce((select max(e.version) from log.events e where e.stream = _.stream), 0) as actual
        from jsonb_to_recordset(p_writes) as _ (n int, stream text, expected int)
    ) w
   where w.turn > 1 or w.actual <> w.expected;
end;
