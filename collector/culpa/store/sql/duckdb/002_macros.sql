-- Small functions; each other engine defines its own under the same names.

-- One attribute by name, '' when absent.
create or replace macro attr(names, vals, name) as coalesce(list_extract(vals, list_position(names, name)), '');

-- For how many spans one stands, of which sampling kept it alone; 1 where nothing is said of sampling.
create or replace macro sampling_weight(one_in) as greatest(coalesce(one_in, 0.0), 1.0);

-- The time so long before now, in UTC, for questions of people: ended_at > ago('1 hour').
create or replace macro ago(span) as (now() at time zone 'UTC') - span::interval;

-- A path with a mark in place of each part that has a digit: what is alike in the paths of one route.
create or replace macro path_shape(path) as regexp_replace(path, '/[^/]*[0-9][^/]*', '/#', 'g');

-- The host and port, or the socket, of the address that a web server's error log says it passed a request on to.
create or replace macro passed_on_host(address) as
case
    when regexp_matches(address, '^(?:[a-z]+://)?unix[:/]') then regexp_replace(address, '^(?:[a-z]+://)?unix[:/]+', 'unix:/')
    else regexp_extract(address, '^(?:[a-z]+://)?([^/]+)', 1)
end;

-- The one place where names of components are built (rules of naming: docs/verdicts.md).

-- A service: its name, with its namespace in front if it has one.
create or replace macro name_service(namespace, service) as
case when namespace = '' or service = '' then service else namespace || '/' || service end;

-- host:port, IPv6 in brackets, a missing part left out.
create or replace macro name_authority(host, port) as
case when contains(host, ':') and not starts_with(host, '[') then '[' || host || ']' else host end
|| case when host <> '' and port > 0 then ':' || port::varchar else '' end;

-- A database, cache or queue: system://host:port/namespace; Redis index 0 is left out.
create or replace macro name_dependency(system, host, port, namespace) as
system || '://' || name_authority(host, port)
|| case
    when namespace = '' or (namespace = '0' and system in ('redis', 'valkey')) then ''
    else '/' || namespace
end;

-- An HTTP address: scheme://host[:port], the scheme's own port left out.
create or replace macro name_address(scheme, host, port) as
case when host = '' then '' else
    scheme || '://'
    || name_authority(host, case when (scheme = 'http' and port = 80) or (scheme = 'https' and port = 443) then 0 else port end)
end;
