-- Which migrations a database has had.
create table if not exists service.migrations (
  set_name text not null,
  version int not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (set_name, version)
);
