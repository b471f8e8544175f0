# Java as a good witness: OpenTelemetry's Java agent, no change of the app. Java 8 or later.
#
# Where: download opentelemetry-javaagent.jar (project opentelemetry-java-instrumentation) to /opt/opentelemetry/, then
#        these in the environment of the process (systemd: EnvironmentFile=; Docker: ENV; Tomcat: bin/setenv.sh).
# A JVM that does not find the file does not start; and every JVM of that environment takes the agent, tools as well.
export JAVA_TOOL_OPTIONS="-javaagent:/opt/opentelemetry/opentelemetry-javaagent.jar"
export OTEL_SERVICE_NAME="@service@"
export OTEL_EXPORTER_OTLP_ENDPOINT="@collector@"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
export OTEL_LOGS_EXPORTER="otlp"
export OTEL_METRICS_EXPORTER="none"
# A failure whose caller samples it away has no spans at all.
export OTEL_TRACES_SAMPLER="always_on"
export OTEL_SEMCONV_STABILITY_OPT_IN="http,database"
# What is queued when a process is killed is lost: 0.5 s instead of 5.
export OTEL_BSP_SCHEDULE_DELAY="500"
# The agent sends logged exceptions itself; these tie the lines of your own log files to the trace as well.
# logback.xml (the agent fills trace_id and span_id of the MDC):
#   <pattern>%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [trace_id=%X{trace_id} span_id=%X{span_id}] %logger - %msg%n%ex</pattern>
# logback.xml, JSON (logback 1.5.0 or later; older: logstash-logback-encoder):
#   <encoder class="ch.qos.logback.classic.encoder.JsonEncoder"/>
# log4j2.xml, JSON (log4j-layout-template-json):
#   <JsonTemplateLayout eventTemplateUri="classpath:EcsLayout.json"/>
