package lab;

import java.time.Duration;
import java.util.List;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the app does with its cache, through Spring Data and Lettuce. */
@RestController
public class Caches {
    private final StringRedisTemplate cache;

    public Caches(StringRedisTemplate cache) {
        this.cache = cache;
    }

    private static String remember(StringRedisTemplate at) {
        at.opsForValue().set("basket", "tea".repeat(100));
        return at.opsForValue().get("basket");
    }

    private static String rememberAt(String port, String user, String password) {
        RedisStandaloneConfiguration where = new RedisStandaloneConfiguration("127.0.0.1", Integer.parseInt(System.getenv(port)));
        if (!user.isEmpty()) {
            where.setUsername(user);
            where.setPassword(password);
        }
        LettuceConnectionFactory factory = new LettuceConnectionFactory(where,
                LettuceClientConfiguration.builder().commandTimeout(Duration.ofMillis(800)).build());
        factory.afterPropertiesSet();
        factory.start();
        try {
            return remember(new StringRedisTemplate(factory));
        } finally {
            factory.destroy();
        }
    }

    @GetMapping("/basket")
    public String basket() {
        return remember(cache);
    }

    @GetMapping("/basket/closed")
    public String closed() {
        return rememberAt("LAB_CLOSED_PORT", "", "");
    }

    @GetMapping("/basket/full")
    public String full() {
        return rememberAt("LAB_REDIS_FULL", "", "");
    }

    @GetMapping("/basket/replica")
    public String replica() {
        return rememberAt("LAB_REDIS_REPLICA", "", "");
    }

    @GetMapping("/basket/secret")
    public String secret() {
        return rememberAt("LAB_REDIS_SECRET", "", "");
    }

    @GetMapping("/basket/cluster")
    public String cluster() {
        return rememberAt("LAB_REDIS_CLUSTER", "", "");
    }

    @GetMapping("/basket/old-password")
    public String oldPassword() {
        return rememberAt("LAB_REDIS", "shop", "expired-last-week");
    }

    @GetMapping("/basket/as-list")
    public String asList() {
        cache.opsForValue().set("name", "tea");
        return "" + cache.opsForList().leftPush("name", "tea");
    }

    @GetMapping("/basket/as-number")
    public String asNumber() {
        cache.opsForValue().set("name", "tea");
        return "" + cache.opsForValue().increment("name");
    }

    @GetMapping("/basket/broken-script")
    public String brokenScript() {
        return "" + cache.execute(RedisScript.of("return redis.call('nope')", Long.class), List.of());
    }

    @GetMapping("/basket/maybe")
    public String maybe() {
        try {
            return closed();
        } catch (RuntimeException down) {
            return "an empty basket";
        }
    }

    @GetMapping("/basket/maybe-a-list")
    public String maybeAList() {
        try {
            return asList();
        } catch (RuntimeException other) {
            return "an empty basket";
        }
    }
}
