-- Events that a process step could not act on, kept in order for a redrive.
create table log.parked (
  step text collate "C" not null,
  log text collate "C" not null,
  position bigint not null,
  key text not null,
  reason text not null,
  event text not null,
  parked_at timestamptz not null,
  primary key (step, log, position)
);
