-- Unique values held by streams, such as hashed e-mail addresses.
create table log.claims (
  scope text collate "C" not null,
  value text collate "C" not null,
  stream text collate "C" not null,
  primary key (scope, value)
);
