-- Answers already given, by command id, so that a repeated command gets the first one's. Purged after a day.
create table log.commands (
  command_id uuid primary key,
  request_hash text,
  result jsonb,
  position bigint not null,
  stored_at timestamptz not null
);

-- Rows come in the order of time, so block ranges are enough for the purge and cost an append next to nothing.
create index commands_stored_at on log.commands using brin (stored_at) with (pages_per_range = 16);
