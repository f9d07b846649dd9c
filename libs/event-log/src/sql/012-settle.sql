-- Writes what the accepted appends of a call say about claims and process steps.
create function log.settle(p_refused int[], p_claims jsonb, p_checkpoints jsonb, p_at timestamptz) returns void
language plpgsql volatile
as $$
begin
  delete from log.claims held
   using jsonb_to_recordset(p_claims) as c (n int, scope text, value text, stream text, release boolean)
   where c.release and c.n <> all (p_refused)
     and held.scope = c.scope and held.value = c.value and held.stream = c.stream;

  insert into log.claims (scope, value, stream)
  select c.scope, c.value, c.stream
    from jsonb_to_recordset(p_claims) as c (n int, scope text, value text, stream text, release boolean)
   where not c.release and c.n <> all (p_refused)
     -- A stream may claim again what it holds.
     and (select held.stream from log.claims held where held.scope = c.scope and held.value = c.value) is null;

  insert into log.step_checkpoints (step, log, incarnation, position, event_id)
  select c.step, c.log, c.incarnation, c."to", c.event_id
    from jsonb_to_recordset(p_checkpoints)
      as c (n int, step text, log text, incarnation uuid, "to" bigint, event_id uuid)
   where c.n <> all (p_refused)
  on conflict (step, log) do update
    set incarnation = excluded.incarnation, position = excluded.position, event_id = excluded.event_id;

  insert into log.parked (step, log, position, key, reason, event, parked_at)
  select c.step, c.log, p.position, p.key, p.reason, p.event, p_at
    from jsonb_to_recordset(p_checkpoints) as c (n int, step text, log text, parked jsonb),
         jsonb_to_recordset(c.parked) as p (position bigint, key text, reason text, event text)
   where c.n <> all (p_refused)
  on conflict (step, log, position) do nothing;
end $$;
