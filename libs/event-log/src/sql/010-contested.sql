-- Claims of a call that another stream holds, and those that an earlier append of the call is about as well.
create function log.contested(p_claims jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select m.n,
         case when m.earlier then jsonb_build_object('n', m.n, 'kind', 'again')
         else jsonb_build_object('n', m.n, 'kind', 'claim-taken', 'scope', m.scope) end
    from (
      select _.n, _.scope, _.value, _.stream, _.release,
             min(_.n) over (partition by _.scope, _.value) < _.n as earlier
        from jsonb_to_recordset(p_claims) as _ (n int, scope text, value text, stream text, release boolean)
    ) m
   where m.earlier
      or not m.release
         and (select held.stream from log.claims held where held.scope = m.scope and held.value = m.value) <> m.stream;
end;
