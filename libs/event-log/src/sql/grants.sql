-- What the service itself may do: read everything, write only through the functions.
grant usage on schema log to :app;
revoke all on all tables in schema log from public, :app;
grant select on all tables in schema log to :app;
revoke all on all functions in schema log from public, :app;
grant execute on function log.append, log.save_snapshots, log.purge_commands to :app;
