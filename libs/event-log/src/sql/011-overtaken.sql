-- Checkpoints of a call that are not where the step believed them to be.
create function log.overtaken(p_checkpoints jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select m.n, jsonb_build_object('n', m.n, 'kind', 'checkpoint-moved', 'actual', m.actual)
    from (
      select _.n, _."from",
             coalesce((select s.position from log.step_checkpoints s where s.step = _.step and s.log = _.log), 0) as actual
        from jsonb_to_recordset(p_checkpoints) as _ (n int, step text, log text, "from" bigint)
    ) m
   where m.actual <> m."from";
end;
