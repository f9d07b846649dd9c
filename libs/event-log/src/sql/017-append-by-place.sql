-- As 013 says, the head first as in 016; and cheaper for most calls, of which nothing is refused. They are only asked whether a
-- stream has moved, not which one and what to say of it. Where something is refused it is taken out of the call, so that in any
-- call events are numbered by their place, which is cheaper than counting rows in a window.
create or replace function log.append(
  p_writes jsonb,
  p_events jsonb,
  p_commands jsonb,
  p_claims jsonb,
  p_checkpoints jsonb,
  out incarnation uuid,
  out head bigint,
  out recorded_at timestamptz,
  out refused jsonb
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  refused_ns int[];
  more jsonb;
  more_ns int[];
  asked int := jsonb_array_length(p_events);
  written int;
begin
  -- Each statement below takes its snapshot after this lock is ours, so it sees every append that came before.
  if asked > 0 then
    update log.log_head h
       set position = h.position + asked,
           recorded_at = greatest(date_trunc('milliseconds', clock_timestamp()), h.recorded_at)
      returning h.incarnation, h.position - asked, h.recorded_at into incarnation, head, recorded_at;
  else
    select h.incarnation, h.position, greatest(date_trunc('milliseconds', clock_timestamp()), h.recorded_at)
      into incarnation, head, recorded_at
      from log.log_head h for update;
  end if;

  if p_commands is not null then
    select jsonb_agg(r.answer), array_agg(r.n) into refused, refused_ns from log.repeated(p_commands) r;
  end if;
  if exists (
    select from jsonb_to_recordset(p_writes) as w (stream text, expected int)
     where w.expected <> coalesce((select max(e.version) from log.events e where e.stream = w.stream), 0)
  ) then
    select jsonb_agg(r.answer), array_agg(r.n) into more, more_ns from log.outdated(p_writes) r;
    refused := coalesce(refused || more, more);
    refused_ns := coalesce(refused_ns || more_ns, more_ns);
  end if;
  refused_ns := coalesce(refused_ns, '{}');
  if p_claims is not null or p_checkpoints is not null then
    select jsonb_agg(r.answer), array_agg(r.n) into more, more_ns
      from (select * from log.contested(p_claims) union all select * from log.overtaken(p_checkpoints)) r;
    refused := coalesce(refused || more, refused, more);
    refused_ns := refused_ns || more_ns;
    perform log.settle(refused_ns, p_claims, p_checkpoints, recorded_at);
  end if;

  if refused is not null then
    select coalesce(jsonb_agg(e.event order by e.place), '[]') into p_events
      from jsonb_array_elements(p_events) with ordinality as e (event, place)
     where (e.event ->> 'n')::int <> all (refused_ns);
  end if;
  insert into log.events
    (position, stream, version, type, schema_version, event_id, data, metadata, recorded_at, bytes)
  select head + e.place, e.stream, e.version, e.type, e.schema, e.id, e.data, e.metadata, append.recorded_at, e.bytes
    from rows from (
      jsonb_to_recordset(p_events)
        as (stream text, version int, type text, schema int, id uuid, data jsonb, metadata jsonb, bytes int)
    ) with ordinality as e (stream, version, type, schema, id, data, metadata, bytes, place);

  if p_commands is not null then
    insert into log.commands (command_id, request_hash, result, position, stored_at)
    select c.id, c.hash, c.result,
           head + case
             when refused is null then c.upto
             else (select count(*) from jsonb_to_recordset(p_events) as e (n int) where e.n <= c.n)
           end,
           append.recorded_at
      from jsonb_to_recordset(p_commands) as c (n int, id uuid, hash text, result jsonb, upto int)
     where c.n <> all (refused_ns);
  end if;

  written := jsonb_array_length(p_events);
  if written < asked then
    update log.log_head h
       set position = head + written,
           recorded_at = case when written > 0 then append.recorded_at
                              else (select e.recorded_at from log.events e where e.position = head) end;
  end if;
end $$;
