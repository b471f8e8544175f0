-- Was any of these places asked in this time?
-- params: routes varchar[], paths varchar[]; since_ns bigint, until_ns bigint (ns since 1970)
-- columns: asked (boolean)
select
    exists (
        select 1 from spans as s
        where s.kind = 2 and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
            and list_contains($routes, s.http_route)
    )
    or exists (
        select 1 from access as a
        where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
            and list_contains($paths, a.url_path)
    ) as asked
