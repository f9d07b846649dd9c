-- Commands of a call that were stored before, with the answer they got.
-- A scalar subquery, not "exists": that could be planned as a hash of the whole table.
create function log.repeated(p_commands jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select a.n,
         jsonb_build_object(
           'n', a.n, 'kind', 'duplicate', 'position', c.position, 'result', c.result,
           'sameRequest', c.request_hash is not distinct from a.hash, 'recordedAt', c.stored_at)
    from jsonb_to_recordset(p_commands) as a (n int, id uuid, also uuid[], hash text)
    join lateral (
      select * from log.commands known
       where known.command_id = any (array_append(a.also, a.id))
       order by known.command_id = a.id desc limit 1
    ) c on true
   where (select known.position from log.commands known where known.command_id = a.id) is not null
      or a.also is not null;
end;
