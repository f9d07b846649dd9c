-- The only way into the log. Decides each append of a call by itself, numbers the accepted ones, writes them.
-- n is an append's place in the call:
--
-- p_writes       [{n, stream, expected, first}]; first: id of the append's first event if its command is not in p_commands
-- p_events       [{n, stream, version, type, schema, id, data, metadata, bytes}] in the order of the appends
-- p_commands     [{n, id, also, hash, result, upto}], for answers to keep, or null; upto: events of the appends 0 .. n
-- p_claims       [{n, scope, value, stream, release}], or null
-- p_checkpoints  [{n, step, log, incarnation, from, to, event_id, parked}], or null
--
-- Accepted appends get consecutive positions after "head" in the order of the call. "refused" says why the others were not:
-- [{n, kind: duplicate | conflict | claim-taken | checkpoint-moved, ...}]; the first entry of an n counts.
--
-- Two appends about the same stream, command, claim or step do not belong into one call, and an event id is written once:
-- unique keys refuse such a call as a whole, and its appends can be sent one by one.
create function log.append(
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
  written int;
begin
  -- Each statement below takes its snapshot after this lock is ours, so it sees every append that came before.
  select h.incarnation, h.position, greatest(date_trunc('milliseconds', clock_timestamp()), h.recorded_at)
    into incarnation, head, recorded_at
    from log.log_head h for update;

  if p_commands is not null then
    select jsonb_agg(r.answer), array_agg(r.n) into refused, refused_ns from log.repeated(p_commands) r;
  end if;
  select jsonb_agg(r.answer), array_agg(r.n) into more, more_ns from log.outdated(p_writes) r;
  refused := coalesce(refused || more, refused, more);
  refused_ns := coalesce(refused_ns || more_ns, refused_ns, more_ns, '{}');
  if p_claims is not null or p_checkpoints is not null then
    select jsonb_agg(r.answer), array_agg(r.n) into more, more_ns
      from (select * from log.contested(p_claims) union all select * from log.overtaken(p_checkpoints)) r;
    refused := coalesce(refused || more, refused, more);
    refused_ns := refused_ns || more_ns;
    perform log.settle(refused_ns, p_claims, p_checkpoints, recorded_at);
  end if;

  insert into log.events
    (position, stream, version, type, schema_version, event_id, data, metadata, recorded_at, bytes)
  select head + row_number() over (), e.stream, e.version, e.type, e.schema, e.id, e.data, e.metadata, append.recorded_at, e.bytes
    from jsonb_to_recordset(p_events) as e
      (n int, stream text, version int, type text, schema int, id uuid, data jsonb, metadata jsonb, bytes int)
   where e.n <> all (refused_ns);
  get diagnostics written = row_count;

  if p_commands is not null then
    insert into log.commands (command_id, request_hash, result, position, stored_at)
    select c.id, c.hash, c.result,
           head + case
             when refused is null then c.upto
             else (
               select count(*) from jsonb_to_recordset(p_events) as e (n int)
                where e.n <= c.n and e.n <> all (refused_ns))
           end,
           append.recorded_at
      from jsonb_to_recordset(p_commands) as c (n int, id uuid, hash text, result jsonb, upto int)
     where c.n <> all (refused_ns);
  end if;

  if written > 0 then
    update log.log_head h set position = head + written, recorded_at = append.recorded_at;
  end if;
end $$;
