-- What the read models of a database know of themselves: which generation serves, how far each is, what was set aside.
create table if not exists read.projections (
  name text primary key,
  serving integer not null
);
-- What a rollback goes back to.
alter table read.projections add column if not exists previous integer;

create table if not exists read.generations (
  projection text not null,
  generation integer not null check (generation > 0),
  state text not null check (state in ('building', 'ready')),
  fingerprint text not null,
  -- Counts the writes to the generation, for whoever keeps something beside its rows.
  turn bigint not null default 0,
  made_at timestamptz(3) not null default clock_timestamp(),
  primary key (projection, generation)
) with (fillfactor = 50);
-- Another one with every write: whoever read rows at one mark may write only at the same mark. The count of turns would
-- come again after a restore, with other rows.
alter table read.generations add column if not exists mark uuid not null default gen_random_uuid();
-- Which partition it keeps, as 1/2; null: the whole.
alter table read.generations add column if not exists partition text;
-- When it may be dropped by itself; null: only by hand.
alter table read.generations add column if not exists keep_until timestamptz(3);

create table if not exists read.checkpoints (
  projection text not null,
  generation integer not null,
  log text not null,
  incarnation uuid not null,
  position bigint not null check (position > 0),
  event_id uuid not null,
  recorded_at timestamptz(3) not null,
  primary key (projection, generation, log),
  foreign key (projection, generation) references read.generations on delete cascade
) with (fillfactor = 50);

create table if not exists read.parked (
  projection text not null,
  generation integer not null,
  log text not null,
  position bigint not null,
  key text not null,
  reason text not null,
  -- json, not jsonb: it must hold even what jsonb refuses, such as U+0000.
  event json not null,
  parked_at timestamptz(3) not null default clock_timestamp(),
  primary key (projection, generation, log, position),
  foreign key (projection, generation) references read.generations on delete cascade
);
create index if not exists parked_by_key on read.parked (projection, generation, log, key, position);

create table if not exists read.notes (
  projection text not null,
  generation integer not null,
  log text not null,
  kind text not null,
  reason text not null,
  count bigint not null,
  position bigint not null,
  first_at timestamptz(3) not null default clock_timestamp(),
  last_at timestamptz(3) not null default clock_timestamp(),
  primary key (projection, generation, log, kind, reason),
  foreign key (projection, generation) references read.generations on delete cascade
);
