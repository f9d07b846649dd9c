-- Appends of a call whose command is known already, with the answer it got, and those that name a command twice.
-- The event ids derive from the command id, so they tell even when the command's row was purged.
-- Scalar subqueries, not "exists": those could be planned as a hash of the whole table.
create function log.repeated(p_appends jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select a.n,
         case when a.turn > 1 then jsonb_build_object('n', a.n, 'kind', 'again')
         else jsonb_build_object(
           'n', a.n,
           'kind', 'duplicate',
           'position', coalesce(
             c.position,
             (select max(later.position) from log.events later
               where later.position between e.position and e.position + 10000
                 and later.metadata ->> 'commandId' = e.metadata ->> 'commandId')),
           'sameRequest', c.command_id is null or c.request_hash is not distinct from a.hash,
           'result', c.result,
           'recordedAt', coalesce(c.stored_at, e.recorded_at),
           'stream', e.stream,
           'version', e.version)
         end
    from (
      select *
        from (
          select *, row_number() over (partition by id order by n) as turn
            from jsonb_to_recordset(p_appends) as _ (n int, id uuid, also uuid[], first uuid, hash text)
        ) turns
       where turns.turn > 1
          or (select c.position from log.commands c where c.command_id = turns.id) is not null
          or (select e.position from log.events e where e.event_id = turns.first) is not null
          or turns.also is not null
             and (select max(c.position) from log.commands c where c.command_id = any (turns.also)) is not null
    ) a
    left join lateral (
      select * from log.commands known
       where known.command_id = any (array_append(a.also, a.id))
       order by known.command_id = a.id desc limit 1
    ) c on true
    left join log.events e on e.event_id = a.first;
end;
