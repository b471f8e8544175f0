package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The granary is a second service, which speaks gRPC: it is asked for one kind of grain, and fails as the kind says.
const weigh = "/lab.Granary/Weigh"

type weigher interface {
	Weigh(ctx context.Context, kind *wrapperspb.StringValue) (*wrapperspb.Int64Value, error)
}

type barn struct{ pool *pgxpool.Pool }

func (b barn) Weigh(ctx context.Context, kind *wrapperspb.StringValue) (*wrapperspb.Int64Value, error) {
	switch kind.Value {
	case "mouldy":
		return nil, status.Error(codes.Internal, "the scales are broken")
	case "sold-out":
		return nil, status.Error(codes.ResourceExhausted, "too many were weighed this minute")
	case "secret":
		return nil, status.Error(codes.Unauthenticated, "the token has expired")
	case "foreign":
		return nil, status.Error(codes.PermissionDenied, "this barn is not yours")
	case "unknown":
		return nil, status.Error(codes.NotFound, "there is no such grain")
	case "heavy":
		time.Sleep(3 * time.Second)
	case "lost":
		// As most do: the error of the database becomes one of the procedure.
		if err := run(ctx, b.pool, pgx.TxOptions{}, "select weight from grains"); err != nil {
			return nil, status.Errorf(codes.Internal, "weigh %s: %v", kind.Value, err)
		}
	case "closed":
		return nil, status.Error(codes.Unavailable, "the barn is closed for repair")
	}
	return wrapperspb.Int64(7), nil
}

func granary(address string) {
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler()))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "lab.Granary",
		HandlerType: (*weigher)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Weigh", Handler: func(
			service any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor,
		) (any, error) {
			kind := new(wrapperspb.StringValue)
			if err := decode(kind); err != nil {
				return nil, err
			}
			return service.(weigher).Weigh(ctx, kind)
		}}},
	}, barn{pool(func(*pgxpool.Config) {})})
	listener, err := net.Listen("tcp", host+":"+address)
	if err != nil {
		panic(err)
	}
	panic(server.Serve(listener))
}

// startGranary runs the granary as a process of its own.
func startGranary(port string) {
	command := exec.Command(os.Args[0], "granary", port)
	command.Env = append(os.Environ(), "OTEL_SERVICE_NAME=granary")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		panic(err)
	}
}

func procedures() {
	to := func(address string) *grpc.ClientConn {
		made, err := grpc.NewClient(host+":"+address,
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
		if err != nil {
			panic(err)
		}
		return made
	}
	call := func(route string, at *grpc.ClientConn, method, kind string) {
		get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) {
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			defer cancel()
			weight := new(wrapperspb.Int64Value)
			if err := at.Invoke(ctx, method, wrapperspb.String(kind), weight); err != nil {
				return nil, wrap("the grain was not weighed", err)
			}
			return weight.Value, nil
		})
	}
	startGranary(port("GRANARY"))
	barn := to(port("GRANARY"))
	for _, kind := range []string{"rye", "mouldy", "sold-out", "secret", "foreign", "unknown", "heavy", "lost", "closed"} {
		call("grain/"+kind, barn, weigh, kind)
	}
	call("grain/never-written", barn, "/lab.Granary/Grind", "rye")
	call("grain/nobody", to(closedPort()), weigh, "rye")
}
