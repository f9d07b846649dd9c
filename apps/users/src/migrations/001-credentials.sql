-- Password hashes stand outside the log: they are replaced and removed, which events never are.
create table service.credentials (
  user_id uuid primary key,
  password_hash text not null,
  changed_at timestamptz not null default now()
);
