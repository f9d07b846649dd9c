-- Checkpoints of a call that are not where the step believed them to be, and those of a step that is in the call twice.
create function log.overtaken(p_checkpoints jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select m.n,
         case when m.turn > 1 then jsonb_build_object('n', m.n, 'kind', 'again')
         else jsonb_build_object('n', m.n, 'kind', 'checkpoint-moved', 'actual', m.actual) end
    from (
      select _.n, _."from",
             row_number() over (partition by _.step, _.log order by _.n) as turn,
             coalesce((select s.position from log.step_checkpoints s where s.step = _.step and s.log = _.log), 0) as actual
        from jsonb_to_recordset(p_checkpoints) as _ (n int, step text, log text, "from" bigint)
    ) m
   where m.turn > 1 or m.actual <> m."from";
end;
