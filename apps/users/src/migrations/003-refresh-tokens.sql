-- Hashes only: who reads this table can refresh nothing. Used ones stay as long as their session, so that their return is noticed.
create table service.refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references service.sessions on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_of_session on service.refresh_tokens (session_id);
