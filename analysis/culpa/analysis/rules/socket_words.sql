-- Did a connection fail of which nobody knows what it was for?
-- kind: direct
-- idle without: origins
-- The bare error of a socket, a resolver or TLS, without the library that opened it; a failed call on record says more.
with spoken as (
    select
        o.*,
        @says socket (words: o.words)@ as cause
    from origins as o
    where o.kind_of_callee = '' and not o.is_call
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    s.callee, s.cause, s.location,
    -- At a port of no renown a broker or a database may have listened as well: clients of the web leave a call on record.
    -- So may a database have a bare name, of which nothing says that it was looked up for a site.
    s.share * case when s.cause = 'upstream.dns' and regexp_matches(s.callee, '^http://[^./:]+$')
            and not regexp_matches(s.words, '(?i)http') then 0.36
        when s.cause in ('upstream.unreachable', 'upstream.timeout') and regexp_matches(s.callee, ':[0-9]+$') then 0.36
        else 1.0 end as strength,
    'a connection failed: ' || s.brief as statement
from spoken as s
anti join origins as c on s.trace_id = c.trace_id and s.request_span_id = c.request_span_id and c.is_call
where s.cause <> ''
