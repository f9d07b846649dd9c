-- How often what was tried, so that all replicas share one budget. Unlogged: counting waits for no disk, and after a crash of the
-- database the count begins anew.
create unlogged table service.tries (
  limit_name text,
  key_hash bytea,
  uses int not null,
  ends_at timestamptz not null,
  primary key (limit_name, key_hash)
);
create index tries_by_end on service.tries (ends_at);
