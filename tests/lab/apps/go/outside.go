package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

var client = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport), Timeout: time.Second}

func outsideURL(path string) string { return os.Getenv("LAB_OUTSIDE") + path }

func number(text string) uint16 {
	found, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		panic(err)
	}
	return uint16(found)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func ask(ctx context.Context, url string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(request)
}

// rate reads the rate that a service answers; a status other than 200 is an error.
func rate(ctx context.Context, url string) (any, error) {
	answered, err := ask(ctx, url)
	if err != nil {
		return nil, wrap("no rate", err)
	}
	defer answered.Body.Close()
	if answered.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("no rate: %s answered %s", url, answered.Status)
	}
	var told struct{ Rate int }
	if err := json.NewDecoder(answered.Body).Decode(&told); err != nil {
		return nil, wrap("no rate", err)
	}
	return told.Rate, nil
}

func rates(route, url string) {
	get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) { return rate(r.Context(), url) })
}

// passOn answers a status of its own when there is no rate, and keeps the error to itself.
func passOn(route, url string, status int) {
	get(route, func(w http.ResponseWriter, r *http.Request) (any, error) {
		found, err := rate(r.Context(), url)
		if err != nil {
			http.Error(w, "no rate", status)
			return nil, nil
		}
		return found, nil
	})
}

func outside() {
	nobody := "http://" + host + ":" + closedPort() + "/rate"
	rates("rates", outsideURL("/rate"))
	rates("rates/broken", outsideURL("/status/500"))
	rates("rates/closed-for-repair", outsideURL("/status/503"))
	rates("rates/too-often", outsideURL("/status/429"))
	rates("rates/old-key", outsideURL("/status/401"))
	rates("rates/forbidden", outsideURL("/status/403"))
	rates("rates/gone", outsideURL("/status/404"))
	rates("rates/bad-gateway", outsideURL("/status/502"))
	rates("rates/gateway-timeout", outsideURL("/status/504"))
	rates("rates/bad-request", outsideURL("/status/400"))
	rates("rates/unprocessable", outsideURL("/status/422"))
	rates("rates/slow", outsideURL("/slow"))
	rates("rates/cut", outsideURL("/reset"))
	rates("rates/html", outsideURL("/html"))
	rates("rates/empty", outsideURL("/empty"))
	rates("rates/half", outsideURL("/half"))
	rates("rates/bad-chunk", outsideURL("/chunk"))
	rates("rates/half-json", outsideURL("/json"))
	rates("rates/drip", outsideURL("/drip"))
	rates("rates/round-and-round", outsideURL("/loop"))
	rates("rates/nobody", nobody)
	rates("rates/lost-name", "http://rates.invalid/rate")
	rates("rates/no-scheme", "rates.example/rate")
	rates("rates/secure", strings.Replace(outsideURL("/rate"), "http:", "https:", 1))
	rates("rates/self-signed", "https://"+host+":"+port("SECURE")+"/rate")
	rates("rates/plain-to-tls", "http://"+host+":"+port("SECURE")+"/rate")
	passOn("rates/passed-on/broken", outsideURL("/status/500"), 502)
	passOn("rates/passed-on/slow", outsideURL("/slow"), 504)
	passOn("rates/passed-on/too-often", outsideURL("/status/429"), 503)
	passOn("rates/passed-on/nobody", nobody, 503)
	passOn("rates/passed-on/not-found", outsideURL("/status/404"), 404)
	passOn("rates/passed-on/too-often-too", outsideURL("/status/429"), 429)
	passOn("rates/guess", outsideURL("/status/500"), 200)
	passOn("cards/declined", outsideURL("/status/402"), 402)
	get("rates/retry", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		var err error
		for range 3 {
			var found any
			if found, err = rate(r.Context(), outsideURL("/flaky/"+r.URL.Query().Get("key"))); err == nil {
				return found, nil
			}
		}
		return nil, err
	})
	get("rates/then-bug", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		_, _ = rate(r.Context(), outsideURL("/status/404"))
		return customer{}.Address.Street, nil
	})
	get("rates/second-mirror", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		if found, err := rate(r.Context(), nobody); err == nil {
			return found, nil
		}
		return rate(r.Context(), outsideURL("/slow"))
	})
}
