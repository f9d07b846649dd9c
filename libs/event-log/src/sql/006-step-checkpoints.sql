-- How far each process step is in the log it reads; moves in the append that holds what the step decided.
create table log.step_checkpoints (
  step text collate "C" not null,
  log text collate "C" not null,
  incarnation uuid not null,
  position bigint not null,
  event_id uuid not null,
  primary key (step, log)
);
