// The deeds of the lab as a Go program: every route fails in the way that its name in the lab's table says.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

const host = "127.0.0.1"

var mux = http.NewServeMux()

// deed answers a request with a word; an error is logged and answered 500, as most programs do.
type deed func(w http.ResponseWriter, r *http.Request) (any, error)

func get(route string, do deed) {
	mux.HandleFunc("GET /"+route, func(w http.ResponseWriter, r *http.Request) {
		word, err := do(w, r)
		if err != nil {
			slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			http.Error(w, "internal server error", http.StatusInternalServerError)
		} else if word != nil {
			fmt.Fprint(w, word)
		}
	})
}

func port(name string) string { return os.Getenv("LAB_" + name) }

func closedPort() string { return port("CLOSED_PORT") }

func seconds(r *http.Request, otherwise float64) time.Duration {
	asked, err := strconv.ParseFloat(r.URL.Query().Get("s"), 64)
	if err != nil {
		asked = otherwise
	}
	return time.Duration(asked * float64(time.Second))
}

func answer(route string, status int, text string, headers ...string) {
	get(route, func(w http.ResponseWriter, _ *http.Request) (any, error) {
		for at := 0; at+1 < len(headers); at += 2 {
			w.Header().Set(headers[at], headers[at+1])
		}
		w.WriteHeader(status)
		return text, nil
	})
}

type customer struct{ Address *address }
type address struct{ Street string }

var errNoLine = errors.New("an invoice without a line")

func own() {
	answer("ok", 200, "ok")
	answer("answer/500", 500, "sorry")
	answer("answer/501", 501, "not yet")
	answer("abort", 503, "not now")
	answer("answer/404", 404, "no such thing")
	answer("answer/422", 422, "that is no number")
	answer("answer/302", 302, "", "Location", "/ok")
	answer("header", 200, "ok", "X-Basket", strings.Repeat("tea,", 20000))
	get("discount", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		by, _ := strconv.Atoi(r.URL.Query().Get("by"))
		return 100 / by, nil
	})
	get("profile", func(http.ResponseWriter, *http.Request) (any, error) {
		eve := customer{}
		return eve.Address.Street, nil
	})
	get("cart/fourth", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return []string{"tea", "milk"}[len(r.URL.Path)%2+2], nil
	})
	get("cart/first-of-none", func(http.ResponseWriter, *http.Request) (any, error) {
		var counted map[string]int
		counted["tea"]++
		return counted, nil
	})
	get("cart/as-number", func(http.ResponseWriter, *http.Request) (any, error) {
		var found any = "tea"
		return found.(int), nil
	})
	get("raise/own", func(http.ResponseWriter, *http.Request) (any, error) { panic(errNoLine) })
	get("text/number", func(http.ResponseWriter, *http.Request) (any, error) { return strconv.Atoi("tea") })
	get("invoice/chained", func(http.ResponseWriter, *http.Request) (any, error) {
		return nil, fmt.Errorf("no invoice could be made: %w", fmt.Errorf("order 7: %w", errNoLine))
	})
	get("recovered", func(_ http.ResponseWriter, r *http.Request) (word any, _ error) {
		defer func() {
			if reason := recover(); reason != nil {
				slog.WarnContext(r.Context(), "no street is known", "reason", fmt.Sprint(reason))
				word = "nothing"
			}
		}()
		return customer{}.Address.Street, nil
	})
	get("gift-card", func(http.ResponseWriter, *http.Request) (any, error) {
		key, found := os.LookupEnv("GIFT_CARD_KEY")
		if !found {
			return nil, errors.New("environment variable GIFT_CARD_KEY is not set")
		}
		return key, nil
	})
	get("thumbnail/as-program", func(http.ResponseWriter, *http.Request) (any, error) {
		tool := filepath.Join(os.Getenv("LAB_FOLDER"), "thumbnailer-go")
		if err := os.WriteFile(tool, []byte("no program"), 0o600); err != nil {
			return nil, err
		}
		return nil, exec.Command(tool).Run()
	})
	get("export", func(http.ResponseWriter, *http.Request) (any, error) {
		file := "/dev/full"
		if disk := os.Getenv("LAB_SMALL_DISK"); disk != "" {
			file = filepath.Join(disk, "export-go.csv")
		}
		return "exported", os.WriteFile(file, []byte(strings.Repeat("a line of the export\n", 64<<20/21)), 0o600)
	})
	get("settings", func(http.ResponseWriter, *http.Request) (any, error) {
		return os.ReadFile(filepath.Join(os.Getenv("LAB_FOLDER"), "tariffs.yaml"))
	})
	get("hold", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		time.Sleep(seconds(r, 6))
		return "held", nil
	})
	get("stream", func(w http.ResponseWriter, _ *http.Request) (any, error) {
		w.Header().Set("Content-Length", "9000")
		fmt.Fprint(w, strings.Repeat("tea\n", 1000))
		_ = http.NewResponseController(w).Flush()
		panic(errNoLine)
	})
	get("log/errors", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		slog.ErrorContext(r.Context(), "connection to postgresql://db:5432/shop refused; using the copy")
		return "ok", nil
	})
	get("assert", func(http.ResponseWriter, *http.Request) (any, error) { panic("one must be two") })
}

func serve(address string, handler http.Handler) {
	server := &http.Server{Addr: address, Handler: handler}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() { <-stop.Done(); _ = server.Close() }()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		slog.Error("the server ended", "error", err)
		os.Exit(1)
	}
}

func main() {
	defer telemetry(context.Background())()
	if os.Getenv("LAB_BROKEN") == "setting" && os.Getenv("SESSION_SECRET") == "" {
		slog.Error("SESSION_SECRET is not set")
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "granary" {
		granary(os.Args[2])
		return
	}
	own()
	database()
	cache()
	outside()
	procedures()
	serve(host+":"+port("PORT"), otelhttp.NewHandler(mux, "mill"))
}
