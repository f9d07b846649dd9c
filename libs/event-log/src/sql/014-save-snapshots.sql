-- Keeps the newest state of each stream: [{stream, version, fingerprint, state}].
create function log.save_snapshots(p_snapshots jsonb) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
  insert into log.snapshots as stored (stream, version, fingerprint, state)
  select distinct on (s.stream) s.stream, s.version, s.fingerprint, s.state
    from jsonb_to_recordset(p_snapshots) as s (stream text, version int, fingerprint text, state jsonb)
   order by s.stream, s.version desc
  on conflict (stream) do update
    set version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
    where excluded.version > stored.version or excluded.fingerprint <> stored.fingerprint;
end;
