-- What happened, in commit order without holes. Written by log.append alone; never changed, never deleted.
create table log.events (
  position bigint primary key,
  stream text collate "C" not null,
  version int not null,
  type text collate "C" not null,
  schema_version int not null,
  event_id uuid not null unique,
  data jsonb not null,
  metadata jsonb not null,
  recorded_at timestamptz not null,
  -- Size of the event on the wire, so that a page can be cut without reading what it leaves out.
  bytes int not null,
  unique (stream, version)
);
