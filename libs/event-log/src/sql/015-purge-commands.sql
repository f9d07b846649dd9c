-- Forgets answers older than an age, at most so many at once; returns how many.
create function log.purge_commands(p_older_than interval, p_limit int) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_bitmapscan = on
as $$
declare
  purged int;
begin
  delete from log.commands
   where command_id in (
     select c.command_id from log.commands c
      where c.stored_at < clock_timestamp() - p_older_than
      order by c.stored_at limit p_limit for update skip locked);
  get diagnostics purged = row_count;
  return purged;
end $$;
