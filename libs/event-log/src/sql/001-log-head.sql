-- The identity and end of the log: one row, whose lock puts all appends in order.
create schema if not exists log;

create table log.log_head (
  only_one boolean primary key default true check (only_one),
  incarnation uuid not null default gen_random_uuid(),
  position bigint not null default 0,
  recorded_at timestamptz
) with (fillfactor = 10);

insert into log.log_head default values;
