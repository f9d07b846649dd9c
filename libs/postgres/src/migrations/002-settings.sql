-- Small things a service must keep: signing keys, cursor secrets, key sets of others.
create table service.settings (
  name text primary key,
  value jsonb not null,
  changed_at timestamptz not null default now()
);
