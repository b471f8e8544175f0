-- Which failed requests (or other failed work, by its kind) pass the filters? This is the one place that says what each filter means, and other questions read it.
-- params: service varchar (any that had a part), component varchar, layer varchar, cause varchar (a code, or a whole layer),
--         route varchar (of a route or path), status bigint, release varchar (a service.version in the trace),
--         since_ns bigint, until_ns bigint (until is no longer in it), text varchar (in any letters' case); '' and 0: all;
--         kind varchar (of the work that failed, or 'all')
-- columns: those of the contract of `verdicts`; ended_ns (ns since 1970)
select v.*, epoch_ns(v.ended_at) as ended_ns
from failures as v
where ($kind = 'all' or v.kind = $kind)
    and ($since_ns = 0 or v.ended_at >= make_timestamp_ns($since_ns))
    and ($until_ns = 0 or v.ended_at < make_timestamp_ns($until_ns))
    and ($service = '' or v.service = $service or list_contains(v.services, $service))
    and ($component = '' or v.component = $component)
    and ($layer = '' or v.layer = $layer)
    and ($cause = '' or v.cause = $cause or v.layer = $cause)
    and ($route = '' or v.route = $route or v.path = $route)
    and ($status = 0 or v.status = $status)
    and (
        $release = ''
        or v.trace_id in (
            select s.trace_id
            from spans as s
            join resources as r on s.resource_id = r.resource_id
            where $release <> '' and r.service_version = $release
        )
    )
    and (
        $text = ''
        -- One by one: of a column with few values each is looked at once, and the first that has it ends the search.
        or contains(lower(v.cause), lower($text))
        or contains(lower(v.component), lower($text))
        or contains(lower(v.object), lower($text))
        or contains(lower(v.service), lower($text))
        or contains(lower(v.route), lower($text))
        or contains(lower(v.path), lower($text))
        or contains(lower(v.exception_type), lower($text))
        or contains(lower(v.exception_message), lower($text))
        or contains(lower(v.location), lower($text))
        or contains(lower(v.change), lower($text))
        or (regexp_matches(lower($text), '^[0-9a-f:]+$') and (contains(v.trace_id, lower($text)) or contains(v.fingerprint, lower($text))))
    )
