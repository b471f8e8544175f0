package lab;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What the app does by itself. */
@RestController
public class Own {
    private static final Logger LOG = LoggerFactory.getLogger(Own.class);

    /** A mistake of the app's own kind, which a handler answers. */
    public static class Refused extends RuntimeException {
        public Refused(String why) {
            super(why);
        }
    }

    /** An exception that names its answer. */
    @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
    public static class Closed extends RuntimeException {
        public Closed(String why) {
            super(why);
        }
    }

    static void sleep(double seconds) {
        try {
            Thread.sleep((long) (seconds * 1000));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @GetMapping("/ok")
    public String ok() {
        return "ok";
    }

    @GetMapping("/answer/500")
    public ResponseEntity<String> sorry() {
        return ResponseEntity.internalServerError().body("sorry");
    }

    @GetMapping("/answer/501")
    public ResponseEntity<String> notYet() {
        return ResponseEntity.status(501).body("not yet");
    }

    @GetMapping("/abort")
    public ResponseEntity<String> notNow() {
        return ResponseEntity.status(503).body("not now");
    }

    @GetMapping("/abort/thrown")
    public String thrown() {
        throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "not now");
    }

    @GetMapping("/abort/annotated")
    public String annotated() {
        throw new Closed("the shop opens at nine");
    }

    @GetMapping("/answer/404")
    public ResponseEntity<String> noSuchThing() {
        return ResponseEntity.status(404).body("no such thing");
    }

    @GetMapping("/answer/422")
    public ResponseEntity<String> noNumber() {
        return ResponseEntity.unprocessableEntity().body("that is no number");
    }

    @GetMapping("/answer/302")
    public ResponseEntity<String> redirect() {
        return ResponseEntity.status(302).header("Location", "/ok").build();
    }

    @GetMapping("/number/{number}")
    public int number(int number) {
        return number;
    }

    @GetMapping("/header")
    public ResponseEntity<String> header() {
        return ResponseEntity.ok().header("X-Basket", "tea,".repeat(20000)).body("ok");
    }

    @GetMapping("/discount")
    public int discount(@RequestParam(defaultValue = "0") int by) {
        return 100 / by;
    }

    @GetMapping("/profile")
    public String profile() {
        return Map.of("name", "eve").get("street").strip();
    }

    @GetMapping("/profile/optional")
    public String optional() {
        return Optional.<String>empty().orElseThrow(() -> new NoSuchElementException("no street is known"));
    }

    @GetMapping("/cart/fourth")
    public String fourth() {
        return List.of("tea", "milk").get(3);
    }

    @GetMapping("/cart/cast")
    public int cast() {
        Object found = "tea";
        return (Integer) found;
    }

    @GetMapping("/text/number")
    public int parse() {
        return Integer.parseInt("tea");
    }

    @GetMapping("/category")
    public int category() {
        return 1 + category();
    }

    @GetMapping("/invoice/chained")
    public String chained() {
        try {
            return "" + new BigInteger("7").divide(BigInteger.ZERO);
        } catch (ArithmeticException wrong) {
            throw new IllegalStateException("no invoice could be made", wrong);
        }
    }

    @GetMapping("/refused")
    public String refused() {
        throw new Refused("the customer is not known");
    }

    @ExceptionHandler(Refused.class)
    public ResponseEntity<String> answer(Refused refused) {
        LOG.error("request refused", refused);
        return ResponseEntity.internalServerError().body("sorry");
    }

    @GetMapping("/recovered")
    public String recovered() {
        try {
            return profile();
        } catch (NullPointerException nobody) {
            LOG.warn("no street is known", nobody);
            return "nothing";
        }
    }

    @GetMapping("/label")
    public String label() throws ClassNotFoundException {
        return Class.forName("com.example.labels.Printer").getName();
    }

    @GetMapping("/gift-card")
    public String giftCard() {
        String key = System.getenv("GIFT_CARD_KEY");
        if (key == null) {
            throw new IllegalStateException("environment variable GIFT_CARD_KEY is not set");
        }
        return key;
    }

    @GetMapping("/settings")
    public String settings() throws IOException {
        return Files.readString(Path.of(System.getenv("LAB_FOLDER"), "tariffs.yaml"));
    }

    @GetMapping("/thumbnail/as-program")
    public String thumbnail() throws Exception {
        Path tool = Path.of(System.getenv("LAB_FOLDER"), "thumbnailer-java");
        Files.writeString(tool, "no program");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rw-------"));
        return "" + new ProcessBuilder(tool.toString()).start().waitFor();
    }

    @GetMapping("/export")
    public String export() throws IOException {
        String disk = System.getenv("LAB_SMALL_DISK");
        Path file = disk == null || disk.isEmpty() ? Path.of("/dev/full") : Path.of(disk, "export-java.csv");
        Files.write(file, "a line of the export\n".repeat((64 << 20) / 21).getBytes());
        return "exported";
    }

    @GetMapping("/panorama")
    public int panorama() {
        return new long[Integer.MAX_VALUE - 8].length;
    }

    @GetMapping("/hold")
    public String hold(@RequestParam(defaultValue = "6") double s) {
        sleep(s);
        return "held";
    }

    @GetMapping("/report/threads")
    public String threads() {
        return CompletableFuture.<String>supplyAsync(() -> {
            throw new IllegalArgumentException("no fourth item");
        }).join();
    }

    @GetMapping("/json/set")
    public Map<String, Object> circle() {
        Map<String, Object> circle = new java.util.HashMap<>();
        circle.put("self", new Object());
        return circle;
    }

    @GetMapping("/assert")
    public String check() {
        throw new AssertionError("one must be two");
    }

    @GetMapping("/log/errors")
    public String logErrors() {
        LOG.error("connection to postgresql://db:5432/shop refused; using the copy");
        return "ok";
    }
}
