-- A session is one sign-in: a family of refresh tokens of which only the newest is good.
create table service.sessions (
  session_id uuid primary key,
  user_id uuid not null,
  started_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
create index sessions_of_user on service.sessions (user_id);
create index sessions_by_end on service.sessions (expires_at);
