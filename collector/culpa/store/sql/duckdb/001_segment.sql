-- One segment file: every relation that culpa keeps, needing no other file.
-- Tables live in schema `data`; the views of schema `main` are what people and rules read.
-- Absent is '' for text and 0 for numbers unless a column says otherwise; ids are lower-case hex.
-- Times are TIMESTAMP_NS in UTC, durations nanoseconds.

create schema if not exists data;

create table if not exists data.segment_meta (
    key varchar not null,
    value varchar not null
);

-- The entity that sent the telemetry; resource_id is a hash of its attributes, so that it is the same everywhere.
create table if not exists data.resources (
    resource_id ubigint not null,
    service_name varchar not null,
    service_namespace varchar not null,
    service_version varchar not null,
    service_instance_id varchar not null,
    deployment_environment_name varchar not null,
    vcs_ref_head_revision varchar not null,
    host_name varchar not null,
    host_id varchar not null,
    process_pid bigint not null,
    telemetry_sdk_language varchar not null,
    schema_url varchar not null,
    first_seen timestamp_ns not null,
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

-- Columns after scope_version are promoted attributes: the semantic-convention name with dots as underscores,
-- old and new conventions in the same column.
create table if not exists data.spans (
    trace_id varchar not null,
    span_id varchar not null,
    parent_span_id varchar not null,
    trace_state varchar not null,
    flags uinteger not null,
    start_time timestamp_ns not null,
    duration_ns bigint not null,
    service_name varchar not null,
    span_name varchar not null,
    kind utinyint not null,             -- OTLP: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    status_code utinyint not null,      -- OTLP: 0 unset, 1 ok, 2 error
    status_message varchar not null,
    resource_id ubigint not null,
    scope_name varchar not null,
    scope_version varchar not null,
    http_request_method varchar not null,
    http_route varchar not null,
    http_response_status_code usmallint not null,
    url_path varchar not null,
    url_full varchar not null,
    url_scheme varchar not null,
    server_address varchar not null,    -- host only; a port written behind it is moved to server_port
    server_port uinteger not null,
    network_peer_address varchar not null,
    network_peer_port uinteger not null,
    error_type varchar not null,
    db_system_name varchar not null,
    db_namespace varchar not null,
    db_operation_name varchar not null,
    db_collection_name varchar not null,
    db_query_text varchar not null,
    db_query_summary varchar not null,
    db_response_status_code varchar not null,   -- SQLSTATE, or the driver's errno
    rpc_system varchar not null,
    rpc_service varchar not null,
    rpc_method varchar not null,
    rpc_response_status_code varchar not null,
    messaging_system varchar not null,
    messaging_destination_name varchar not null,
    code_function_name varchar not null,
    code_file_path varchar not null,
    code_line_number uinteger not null,
    peer_service varchar not null,
    attr_keys varchar[] not null,
    attr_vals varchar[] not null,
    events struct("time" timestamp_ns, name varchar, attr_keys varchar[], attr_vals varchar[])[] not null,
    links struct(trace_id varchar, span_id varchar, attr_keys varchar[], attr_vals varchar[])[] not null,
    sampled_one_in double default 0     -- it stands for so many, of which one was kept (OpenTelemetry: adjusted count); 0: not said
);
-- In a segment that was made before it was known.
alter table data.spans add column if not exists sampled_one_in double default 0;

-- From span events and from log records, each exception once per span.
create table if not exists data.exceptions (
    exception_id varchar not null,      -- 16 hex, hash of trace, span, type and message
    trace_id varchar not null,
    span_id varchar not null,
    "time" timestamp_ns not null,
    service_name varchar not null,
    resource_id ubigint not null,
    source varchar not null,            -- 'span' or 'log'
    log_id varchar not null,            -- the log record that it was read from, '' for spans
    type varchar not null,
    message varchar not null,
    stacktrace varchar not null using compression zstd,
    handled boolean not null,
    -- read out of the stack trace and the event's attributes:
    origin_type varchar not null,       -- the end of the cause chain
    origin_message varchar not null,
    chain varchar[] not null,           -- types, outermost first, origin last
    error_code varchar not null,        -- SQLSTATE, errno or errno name of the origin
    code_file_path varchar not null,    -- innermost in-app frame of the origin
    code_line_number uinteger not null,
    code_function_name varchar not null,
    in_app boolean not null,            -- the frame above is the user's code
    fingerprint varchar not null,       -- 16 hex: same problem, same value
    -- of the component that was called when it was raised, as far as type, words and stack tell:
    callee_system varchar not null,     -- db.system.name, messaging.system or 'http'
    callee_address varchar not null,
    callee_port uinteger not null,
    callee_namespace varchar not null,
    callee_scheme varchar not null,
    callee_service varchar not null,    -- a name that service discovery could not find
    is_relay boolean not null,          -- says only that another one answered with an error
    is_from_library boolean not null,   -- raised by a statement of a library, not of the app
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

-- OTLP log records and the lines of servers' own logs.
create table if not exists data.logs (
    log_id varchar not null,            -- 16 hex
    "time" timestamp_ns not null,
    observed_time timestamp_ns not null,
    trace_id varchar not null,
    span_id varchar not null,
    severity_number utinyint not null,
    severity_text varchar not null,
    service_name varchar not null,
    body varchar not null,
    event_name varchar not null,
    resource_id ubigint not null,       -- 0 for a server's log file
    scope_name varchar not null,
    format varchar not null,            -- 'otlp', or the name of the server-log format
    process_pid bigint not null,
    thread_id varchar not null,
    connection_id varchar not null,     -- the server's own number of the client connection
    request_id varchar not null,        -- the server's own id of the request (Apache UNIQUE_ID, X-Request-Id)
    error_code varchar not null,        -- SQLSTATE, errno, AH number
    http_request_method varchar not null,
    url_path varchar not null,
    upstream_address varchar not null,
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

-- One line of a web server's access log: the request of record.
create table if not exists data.access (
    access_id varchar not null,         -- 16 hex
    trace_id varchar not null,
    span_id varchar not null,
    parent_span_id varchar not null,
    format varchar not null,
    service_name varchar not null,
    start_time timestamp_ns not null,
    duration_ns bigint not null,        -- the answer left at start_time + duration_ns
    http_request_method varchar not null,
    url_path varchar not null,
    http_response_status_code usmallint not null,
    url_scheme varchar not null,
    server_address varchar not null,    -- virtual host
    server_port uinteger not null,
    process_pid bigint not null,
    thread_id varchar not null,
    connection_id varchar not null,
    connection_requests bigint not null,
    request_id varchar not null,
    log_id varchar not null,            -- Apache %L: joins its error log
    handler varchar not null,           -- Apache %R, Caddy's handler
    upstream_address varchar not null,  -- as logged; several attempts are separated by ', '
    upstream_status varchar not null,
    upstream_name varchar not null,     -- server group or proxy_pass host
    upstream_connect_ns bigint not null,    -- of the last attempt; -1 where the log has '-' or nothing
    upstream_header_ns bigint not null,
    upstream_response_ns bigint not null,
    upstream_bytes_received bigint not null,
    bytes_sent bigint not null,
    completed boolean not null,         -- false where the client left or the answer broke off
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

create table if not exists data.metric_points (
    "time" timestamp_ns not null,
    start_time timestamp_ns not null,
    service_name varchar not null,
    name varchar not null,
    unit varchar not null,
    kind varchar not null,              -- gauge, sum, histogram, exponential_histogram, summary
    temporality utinyint not null,
    is_monotonic boolean not null,
    value double,                       -- null for a histogram or a missing value
    "count" ubigint,
    "sum" double,
    bucket_counts ubigint[] not null,
    explicit_bounds double[] not null,
    resource_id ubigint not null,
    exemplar_trace_ids varchar[] not null,
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

create table if not exists data.changes (
    "time" timestamp_ns not null,
    service_name varchar not null,
    kind varchar not null,
    description varchar not null,
    attr_keys varchar[] not null,
    attr_vals varchar[] not null
);

-- Append-only: the newest revision of a failure is its verdict, unless that one was withdrawn.
create table if not exists data.verdict_revisions (
    trace_id varchar not null,
    request_span_id varchar not null,
    ended_at timestamp_ns not null,
    method varchar not null,
    route varchar not null,
    path varchar not null,
    status usmallint not null,
    surfaced boolean not null,
    truncated boolean not null,
    service varchar not null,
    layer varchar not null,
    component varchar not null,
    cause varchar not null,
    object varchar not null,
    confidence double not null,
    location varchar not null,
    exception_type varchar not null,
    exception_message varchar not null,
    fingerprint varchar not null,       -- version, colon, 16 hex; without version before there were versions
    change varchar not null,
    runner_up varchar not null,
    evidence struct(rule varchar, span_id varchar, source varchar, seen_at timestamp_ns, statement varchar, weight double)[] not null,
    missing varchar[] not null,
    runbook varchar not null,
    settled boolean not null,
    judged_at timestamp_ns not null,
    rules_version varchar not null,
    withdrawn boolean not null,         -- what looked like a failure turned out to be none
    services varchar[] default [],      -- that had a part in the request, entry first
    joined varchar[] default [],        -- other traces that hold work of it: id, way, surety
    superseded boolean default false,   -- a later revision counts; who appends says so in the same transaction
    kind varchar default 'request'      -- of the work that failed: request, task, message or job
);
-- In a segment that was made before they were known.
alter table data.verdict_revisions add column if not exists services varchar[] default [];
alter table data.verdict_revisions add column if not exists joined varchar[] default [];
alter table data.verdict_revisions add column if not exists superseded boolean default false;
alter table data.verdict_revisions add column if not exists kind varchar default 'request';

-- Digests of stored request bodies: an exact retry is dropped before it is decoded, also after a crash.
create table if not exists data.received_bodies (
    digest varchar not null,
    received_at timestamp_ns not null
);

-- How far each tailed log file was read; written in the transaction that stores its lines.
create table if not exists data.tail_positions (
    path varchar not null,
    inode ubigint not null,
    head varchar not null,              -- digest of the file's first bytes: tells a new file on a reused inode
    "offset" ubigint not null,
    saved_at timestamp_ns not null
);
