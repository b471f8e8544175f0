-- Which records of apps' own outputs are joined to a request by time alone?
-- columns: log_id, trace_id, request_span_id, event_name, language (that such an output is of, as SDKs name it)
select
    l.log_id, l.trace_id, l.request_span_id, l.event_name,
    case
        when l.format = 'node_output' then 'nodejs'
        when l.format = 'python_server' then 'python'
        when l.format in ('rails_log', 'ruby_output') then 'ruby'
        else 'php'
    end as language
from joined_logs as l
where
    l.joined_by = 'time'
    and l.format in ('node_output', 'python_server', 'rails_log', 'ruby_output', 'php_errors', 'php_fpm_log', 'php_fpm_slow', 'laravel_log', 'laravel_json')
