-- Claims of a call that another stream holds.
create function log.contested(p_claims jsonb) returns table (n int, answer jsonb)
language sql stable
begin atomic
  select c.n, jsonb_build_object('n', c.n, 'kind', 'claim-taken', 'scope', c.scope)
    from jsonb_to_recordset(p_claims) as c (n int, scope text, value text, stream text, release boolean)
   where not c.release
     and (select held.stream from log.claims held where held.scope = c.scope and held.value = c.value) <> c.stream;
end;
