# Node.js as a good witness: OpenTelemetry's own packages, no change of the app. Node 18.19 or later.
#
# Where: npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
#        then these in the environment of the process (systemd: EnvironmentFile=; Docker: ENV; or before the command).
# An app that keeps an exception to itself and answers 500 leaves no exception: log it, or let it reach the framework.
# The package listens to SIGTERM, and a process with a listener no longer ends by itself: an app without a handler of its
# own needs one, for instance
#        process.on('SIGTERM', () => server.close(() => setTimeout(process.exit, 500)));
# An app in ES modules: --require alone does not see what it imports; add
#        --experimental-loader=@opentelemetry/instrumentation/hook.mjs to NODE_OPTIONS.
# Uncaught exceptions end the process before anything is sent; let the collector read what Node prints:
#        culpa collect --tail node_output=/var/log/@service@.log
export NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"
export OTEL_SERVICE_NAME="@service@"
export OTEL_EXPORTER_OTLP_ENDPOINT="@collector@"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
export OTEL_TRACES_EXPORTER="otlp"
export OTEL_LOGS_EXPORTER="otlp"
export OTEL_METRICS_EXPORTER="none"
# A failure whose caller samples it away has no spans at all.
export OTEL_TRACES_SAMPLER="always_on"
export OTEL_SEMCONV_STABILITY_OPT_IN="http,database"
# What is queued when a process is killed is lost: 0.5 s instead of 5.
export OTEL_BSP_SCHEDULE_DELAY="500"
export OTEL_NODE_DISABLED_INSTRUMENTATIONS="fs,dns,net"
