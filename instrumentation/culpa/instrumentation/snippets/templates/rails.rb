# [logs log]
# Rails as a good witness: spans of requests, SQL and outgoing HTTP, exceptions with their causes, also those that
# `rescue_from` handles. Only Ruby's standard library; Ruby 3.0 and Rails 6.0 or later.
#
# Where: culpa snippet rails --code > config/initializers/culpa.rb
#        (Rack without Rails: require it in config.ru, then `use Culpa::Trace` first of all)
# Environment of the server:
#        OTEL_SERVICE_NAME=@service@ OTEL_EXPORTER_OTLP_ENDPOINT=@collector@
# What puma prints, for starts that fail before that initializer runs:
#        culpa collect --tail ruby_output=/path/of/what/puma/prints.log
# Then, in config/environments/production.rb, for requests of which no span gets out:
#        culpa collect --tail rails_log=/path/of/the/app/@logs@/production.log
Rails.application.configure do
  # The web server sends X-Request-Id, which is the trace id: culpa snippet nginx, culpa snippet apache.
  config.log_tags = [:request_id, ->(request) { "tp=#{request.headers['traceparent']}" }]
  config.log_level = :info
end
