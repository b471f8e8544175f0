package lab;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/** What the app asks of others: by RestClient or WebClient as LAB_CLIENT says, and behind Resilience4j. */
@RestController
public class Outside {
    /** The rate that an outside service tells. */
    public record Rate(int rate) { }

    private static final Map<String, String> PATHS = Map.ofEntries(
            Map.entry("broken", "/status/500"), Map.entry("closed-for-repair", "/status/503"),
            Map.entry("too-often", "/status/429"), Map.entry("old-key", "/status/401"),
            Map.entry("forbidden", "/status/403"), Map.entry("gone", "/status/404"),
            Map.entry("bad-gateway", "/status/502"), Map.entry("gateway-timeout", "/status/504"),
            Map.entry("bad-request", "/status/400"), Map.entry("unprocessable", "/status/422"),
            Map.entry("slow", "/slow"), Map.entry("cut", "/reset"), Map.entry("html", "/html"),
            Map.entry("empty", "/empty"), Map.entry("half", "/half"), Map.entry("bad-chunk", "/chunk"),
            Map.entry("half-json", "/json"), Map.entry("drip", "/drip"), Map.entry("round-and-round", "/loop"));
    private static final String OUTSIDE = System.getenv("LAB_OUTSIDE");
    private static final String HOST = "http://127.0.0.1:";

    private final RestClient blocking;
    private final WebClient reactive;
    private final boolean isReactive = "webclient".equals(System.getenv("LAB_CLIENT"));
    private final CircuitBreaker breaker = CircuitBreaker.of("rates",
            CircuitBreakerConfig.custom().slidingWindowSize(3).minimumNumberOfCalls(3).build());
    private final RateLimiter limiter = RateLimiter.of("rates", RateLimiterConfig.custom()
            .limitForPeriod(1).limitRefreshPeriod(Duration.ofHours(1)).timeoutDuration(Duration.ofMillis(100)).build());
    private final Bulkhead bulkhead = Bulkhead.of("rates",
            BulkheadConfig.custom().maxConcurrentCalls(0).maxWaitDuration(Duration.ofMillis(50)).build());

    public Outside(RestClient.Builder blocking, WebClient.Builder reactive) {
        SimpleClientHttpRequestFactory plain = new SimpleClientHttpRequestFactory();
        plain.setConnectTimeout(Duration.ofSeconds(1));
        plain.setReadTimeout(Duration.ofSeconds(1));
        this.blocking = blocking.requestFactory(plain).build();
        HttpClient netty = HttpClient.create().followRedirect(true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 1000).responseTimeout(Duration.ofSeconds(1));
        this.reactive = reactive.clientConnector(new ReactorClientHttpConnector(netty)).build();
    }

    private int rate(String url) {
        URI where = URI.create(url);
        Rate told = isReactive ? reactive.get().uri(where).retrieve().bodyToMono(Rate.class).block()
                : blocking.get().uri(where).retrieve().body(Rate.class);
        return told.rate();
    }

    @GetMapping("/rates")
    public int rates() {
        return rate(OUTSIDE + "/rate");
    }

    @GetMapping("/rates/{kind}")
    public int rates(@PathVariable String kind) {
        return rate(OUTSIDE + PATHS.get(kind));
    }

    @GetMapping("/rates/nobody")
    public int nobody() {
        return rate(HOST + System.getenv("LAB_CLOSED_PORT") + "/rate");
    }

    @GetMapping("/rates/lost-name")
    public int lostName() {
        return rate("http://rates.invalid/rate");
    }

    @GetMapping("/rates/no-scheme")
    public int noScheme() {
        return rate("rates.example/rate");
    }

    @GetMapping("/rates/secure")
    public int secure() {
        return rate(OUTSIDE.replace("http:", "https:") + "/rate");
    }

    @GetMapping("/rates/self-signed")
    public int selfSigned() {
        return rate("https://127.0.0.1:" + System.getenv("LAB_SECURE") + "/rate");
    }

    @GetMapping("/rates/plain-to-tls")
    public int plainToTls() {
        return rate(HOST + System.getenv("LAB_SECURE") + "/rate");
    }

    private ResponseEntity<String> passOn(String url, int status) {
        try {
            return ResponseEntity.ok("" + rate(url));
        } catch (RuntimeException none) {
            return ResponseEntity.status(HttpStatusCode.valueOf(status)).body("no rate");
        }
    }

    @GetMapping("/rates/passed-on/{kind}")
    public ResponseEntity<String> passedOn(@PathVariable String kind) {
        return switch (kind) {
            case "broken" -> passOn(OUTSIDE + "/status/500", 502);
            case "slow" -> passOn(OUTSIDE + "/slow", 504);
            case "too-often" -> passOn(OUTSIDE + "/status/429", 503);
            case "nobody" -> passOn(HOST + System.getenv("LAB_CLOSED_PORT") + "/rate", 503);
            case "not-found" -> passOn(OUTSIDE + "/status/404", 404);
            default -> passOn(OUTSIDE + "/status/429", 429);
        };
    }

    @GetMapping("/rates/guess")
    public ResponseEntity<String> guess() {
        return passOn(OUTSIDE + "/status/500", 200);
    }

    @GetMapping("/cards/declined")
    public ResponseEntity<String> declined() {
        return passOn(OUTSIDE + "/status/402", 402);
    }

    @GetMapping("/rates/retry")
    public int retry(@RequestParam String key) {
        Retry thrice = Retry.of("rates", RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofMillis(10)).build());
        return thrice.executeSupplier(() -> rate(OUTSIDE + "/flaky/" + key));
    }

    @GetMapping("/rates/three-tries")
    public int threeTries() {
        Retry thrice = Retry.of("rates", RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofMillis(10)).build());
        return thrice.executeSupplier(() -> rate(OUTSIDE + "/status/500"));
    }

    @GetMapping("/rates/then-bug")
    public int thenBug() {
        Rate told = null;
        passOn(OUTSIDE + "/status/404", 200);
        return told.rate();
    }

    @GetMapping("/rates/second-mirror")
    public int secondMirror() {
        try {
            return nobody();
        } catch (RuntimeException down) {
            return rate(OUTSIDE + "/slow");
        }
    }

    /** The breaker opens in this request, by as many failures as it wants; what the client gets is its refusal. */
    @GetMapping("/rates/breaker")
    public int openBreaker() {
        breaker.reset();
        for (int tried = 0; tried < 3; tried++) {
            try {
                breaker.executeSupplier(() -> rate(OUTSIDE + "/status/500"));
            } catch (RestClientException | org.springframework.web.reactive.function.client.WebClientException failed) {
                // It counts them.
            }
        }
        return breaker.executeSupplier(() -> rate(OUTSIDE + "/status/500"));
    }

    /** Somebody has opened it before: this request asks nobody. */
    @GetMapping("/rates/breaker-opened")
    public int openedBreaker() {
        CircuitBreaker forced = CircuitBreaker.ofDefaults("tariffs");
        forced.transitionToForcedOpenState();
        return forced.executeSupplier(() -> rate(OUTSIDE + "/rate"));
    }

    @GetMapping("/rates/limiter")
    public int limited() {
        limiter.executeSupplier(() -> 1);
        return limiter.executeSupplier(() -> rate(OUTSIDE + "/rate"));
    }

    @GetMapping("/rates/bulkhead")
    public int crowded() {
        return bulkhead.executeSupplier(() -> rate(OUTSIDE + "/rate"));
    }

    @GetMapping("/rates/time-limiter")
    public int timed() throws Exception {
        return TimeLimiter.of(Duration.ofMillis(400))
                .executeFutureSupplier(() -> CompletableFuture.supplyAsync(() -> rate(OUTSIDE + "/slow")));
    }

    @GetMapping("/rates/webclient/{kind}")
    public int reactive(@PathVariable String kind) {
        return reactive.get().uri(URI.create(OUTSIDE + PATHS.get(kind))).retrieve().bodyToMono(Rate.class).block().rate();
    }

    @GetMapping("/rates/translated")
    public int translated() {
        try {
            return rate(OUTSIDE + "/status/500");
        } catch (RestClientResponseException failed) {
            throw new IllegalStateException("the rates cannot be had now", failed);
        }
    }
}
