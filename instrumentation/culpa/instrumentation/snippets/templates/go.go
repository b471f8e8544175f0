// Go as a good witness: OpenTelemetry's SDK, and log/slog that sends what it writes. Go 1.22 or later.
//
// Where: save this as telemetry.go beside main.go, then `go mod tidy`. In main, first of all:
//   defer telemetry(context.Background())()
// A server (otelhttp):     http.ListenAndServe(address, otelhttp.NewHandler(mux, "server"))
// A client (otelhttp):     http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
// gRPC (otelgrpc):         grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler()))
//                          grpc.NewClient(target, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
// pgx (exaring/otelpgx):   config.ConnConfig.Tracer = otelpgx.NewTracer()
// go-redis (redisotel):    redisotel.InstrumentTracing(client)
// An error that a handler turns into a 500 is in no span. Log it, with the request's context and the error itself:
//   slog.ErrorContext(r.Context(), "request failed", "error", err)
// In the environment of the process; a failure whose caller samples it away has no spans at all:
//   OTEL_SERVICE_NAME=@service@ OTEL_EXPORTER_OTLP_ENDPOINT=@collector@
//   OTEL_TRACES_SAMPLER=always_on OTEL_BSP_SCHEDULE_DELAY=500

package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// telemetry sends spans and log records as OTEL_* says; what it returns sends the rest, at the end of the program.
func telemetry(ctx context.Context) func() {
	spans, err := otlptracehttp.New(ctx)
	records, err2 := otlploghttp.New(ctx)
	// Without these nobody can tell which machine was full.
	here, err3 := resource.New(ctx, resource.WithFromEnv(), resource.WithHost(), resource.WithProcessPID(), resource.WithTelemetrySDK())
	if err := errors.Join(err, err2, err3); err != nil {
		log.Fatal(err)
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(here))
	logs := sdklog.NewLoggerProvider(sdklog.WithResource(here), sdklog.WithProcessor(
		sdklog.NewBatchProcessor(records, sdklog.WithExportInterval(500*time.Millisecond))))
	otel.SetTracerProvider(traces)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	slog.SetDefault(slog.New(both{
		lines: slog.NewJSONHandler(os.Stdout, nil),
		sent:  otelslog.NewHandler("slog", otelslog.WithLoggerProvider(logs)),
	}))
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = errors.Join(traces.Shutdown(ctx), logs.Shutdown(ctx))
	}
}

// both writes each record as a line of JSON that bears the trace, and sends it.
type both struct{ lines, sent slog.Handler }

func (b both) Enabled(ctx context.Context, level slog.Level) bool { return b.lines.Enabled(ctx, level) }

func (b both) Handle(ctx context.Context, record slog.Record) error {
	line := record.Clone()
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return errors.Join(b.lines.Handle(ctx, line), b.sent.Handle(ctx, record))
}

func (b both) WithAttrs(attrs []slog.Attr) slog.Handler {
	return both{b.lines.WithAttrs(attrs), b.sent.WithAttrs(attrs)}
}

func (b both) WithGroup(name string) slog.Handler {
	return both{b.lines.WithGroup(name), b.sent.WithGroup(name)}
}
