package lab;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.sql.SQLException;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the app does with its database, through JdbcTemplate and HikariCP. */
@RestController
public class Databases {
    private static final String COUNT = "select count(*) from items";
    private final JdbcTemplate items;
    private final TransactionTemplate transaction;
    private final TransactionTemplate serializable;
    private final TransactionTemplate reading;
    private final HikariDataSource single = pool(config -> {
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(400);
    });
    private final boolean isPostgres = url().startsWith("jdbc:postgresql");

    public Databases(JdbcTemplate items, PlatformTransactionManager manager) {
        this.items = items;
        transaction = new TransactionTemplate(manager);
        serializable = new TransactionTemplate(manager);
        serializable.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
        reading = new TransactionTemplate(manager);
        reading.setReadOnly(true);
    }

    static String url() {
        return System.getProperty("lab.jdbc");
    }

    private static HikariDataSource pool(Consumer<HikariConfig> change) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setUsername("app");
        config.setPassword(System.getProperty("lab.password"));
        config.setInitializationFailTimeout(-1);
        config.setMinimumIdle(0);
        change.accept(config);
        return new HikariDataSource(config);
    }

    private static String elsewhere(String host, String port, String name) {
        URI here = URI.create(url().substring("jdbc:".length()));
        return "jdbc:" + here.getScheme() + "://" + (host.isEmpty() ? here.getHost() : host) + ":"
                + (port.isEmpty() ? here.getPort() : port) + (name.isEmpty() ? here.getPath() : "/" + name)
                + (url().startsWith("jdbc:postgresql") ? "?connectTimeout=2" : "?connectTimeout=2000");
    }

    private static long countAt(String url, String user, String password) {
        DataSource there = new DriverManagerDataSource(url, user, password);
        return new JdbcTemplate(there).queryForObject(COUNT, Long.class);
    }

    private static long countAt(String url) {
        return countAt(url, "app", System.getProperty("lab.password"));
    }

    private static String closed() {
        return elsewhere("", System.getenv("LAB_CLOSED_PORT"), "");
    }

    private String run(TransactionTemplate how, Object... statements) {
        how.executeWithoutResult(status -> {
            for (Object one : statements) {
                if (one instanceof String sql) {
                    items.execute(sql);
                } else {
                    Own.sleep((Double) one);
                }
            }
        });
        return "done";
    }

    private String run(Object... statements) {
        return run(transaction, statements);
    }

    @GetMapping("/items/count")
    public long count() {
        return items.queryForObject(COUNT, Long.class);
    }

    @GetMapping("/items/add-twice")
    public String addTwice() {
        return run("insert into items (id, name, stock) values (1, 'tea', 1)");
    }

    @GetMapping("/items/add-nameless")
    public String addNameless() {
        return run("insert into items (id, name, stock) values (901, null, 1)");
    }

    @GetMapping("/orders/of-nothing")
    public String orderOfNothing() {
        return run("insert into orders (id, item_id) values (901, 77777)");
    }

    @GetMapping("/items/take-too-many")
    public String takeTooMany() {
        return run("update items set stock = stock - 1000 where id = 3");
    }

    @GetMapping("/items/count-all-tea")
    public String countAllTea() {
        return run("update items set stock = 99999999999 where id = 5");
    }

    @GetMapping("/items/which-id")
    public String whichId() {
        return run("select id from items join orders on item_id = items.id");
    }

    @GetMapping("/items/sum-of-sums")
    public String sumOfSums() {
        return run("select sum(sum(stock)) from items");
    }

    @GetMapping("/items/two-columns")
    public String twoColumns() {
        return run("insert into orders (id, item_id) values (1, 2, 3)");
    }

    @GetMapping("/items/only-one-of-many")
    public String onlyOneOfMany() {
        return run("select (select id from items where id < 3)");
    }

    @GetMapping("/items/drop")
    public String drop() {
        return run("drop table items");
    }

    @GetMapping("/search")
    public String search() {
        return run("select name form items wher id = 1");
    }

    @GetMapping("/loyalty")
    public String loyalty() {
        return run("select * from loyalty_points");
    }

    @GetMapping("/colours")
    public String colours() {
        return run("select colour from items");
    }

    @GetMapping("/payroll")
    public String payroll() {
        return run("select amount from " + (isPostgres ? "" : "hr.") + "salaries");
    }

    @GetMapping("/ledger")
    public String ledger() {
        return run("select count(note) from ledger");
    }

    @GetMapping("/report/limited")
    public String limited() {
        return isPostgres ? run("set local statement_timeout = 300", "select pg_sleep(3)")
                : run("set statement max_statement_time = 0.3 for select sleep(3)");
    }

    /** JDBC's own limit: the driver cancels the statement. */
    @GetMapping("/report/patience")
    public String patience() {
        JdbcTemplate hasty = new JdbcTemplate(items.getDataSource());
        hasty.setQueryTimeout(1);
        hasty.execute(isPostgres ? "select pg_sleep(3)" : "select sum(a.seq * b.seq) from seq_1_to_100000 as a, seq_1_to_100000 as b");
        return "reported";
    }

    @GetMapping("/report/short")
    public String shortReport() {
        return run(isPostgres ? "select pg_sleep(0.8)" : "select sleep(0.8)");
    }

    @GetMapping("/report")
    public String report(@RequestParam(defaultValue = "3") double s) {
        items.execute((isPostgres ? "select pg_sleep(" : "select sleep(") + s + ")");
        return "reported";
    }

    @GetMapping("/visits/add")
    public String addVisit() {
        return run(reading, "update items set stock = stock + 1 where id = 4");
    }

    @GetMapping("/archive")
    public String archive() {
        return run("insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)");
    }

    @GetMapping("/transfer")
    public String transfer(@RequestParam int from, @RequestParam int to) {
        String change = "update items set stock = stock + 1 where id = ";
        return run(change + from, 0.5, change + to);
    }

    @GetMapping("/count-shelf")
    public String countShelf() {
        return run(isPostgres ? "update items set stock = stock where id = 7" : "select * from items where id = 7 for update", 2.0);
    }

    @GetMapping("/reserve")
    public String reserve() {
        return run(isPostgres ? "set local lock_timeout = '300ms'" : "set innodb_lock_wait_timeout = 1",
                "update items set stock = stock - 1 where id = 7");
    }

    @GetMapping("/rebalance")
    public String rebalance() {
        return run(serializable, "select sum(stock) from items where id in (8, 9)", 0.5,
                "update items set stock = stock + 1 where id = 8");
    }

    @GetMapping("/items/add-if-new")
    public ResponseEntity<String> addIfNew() {
        try {
            return ResponseEntity.ok(addTwice());
        } catch (DuplicateKeyException known) {
            return ResponseEntity.status(HttpStatus.CONFLICT).body("there is one already");
        }
    }

    @GetMapping("/items/add-again")
    public long addAgain() {
        try {
            addTwice();
        } catch (DuplicateKeyException known) {
            return count();
        }
        return 0;
    }

    @GetMapping("/items/add-and-give-up")
    public ResponseEntity<String> giveUp() {
        try {
            return ResponseEntity.ok(loyalty());
        } catch (DataAccessException lost) {
            return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).body("no loyalty today");
        }
    }

    @GetMapping("/items/none-there")
    public String noneThere() {
        return items.queryForObject("select name from items where id = 4711", String.class);
    }

    @GetMapping("/items/too-many-values")
    public long tooManyValues() {
        return items.queryForObject("select count(*) from items where id = ?", Long.class, 1, 2, 3);
    }

    @GetMapping("/items/of-a-closed-connection")
    public long ofAClosedConnection() {
        HikariDataSource other = pool(config -> { });
        other.close();
        return new JdbcTemplate(other).queryForObject(COUNT, Long.class);
    }

    @GetMapping("/items/rolled-back")
    public String rolledBack() {
        transaction.executeWithoutResult(outer -> {
            try {
                transaction.executeWithoutResult(inner -> items.execute("select * from loyalty_points"));
            } catch (DataAccessException ignored) {
                // Spring has marked the whole transaction by now.
            }
        });
        return "done";
    }

    @GetMapping("/basket/merge")
    public String merge() throws SQLException {
        try (var one = single.getConnection(); var other = single.getConnection()) {
            return "merged";
        }
    }

    @GetMapping("/stock/from-closed-port")
    public long fromClosedPort() {
        return countAt(closed());
    }

    @GetMapping("/stock/afresh")
    public long afresh() {
        return countAt(url());
    }

    @GetMapping("/stock/pooled-from-closed-port")
    public long pooledFromClosedPort() {
        try (HikariDataSource other = pool(config -> {
            config.setJdbcUrl(closed());
            config.setConnectionTimeout(1000);
        })) {
            return new JdbcTemplate(other).queryForObject(COUNT, Long.class);
        }
    }

    @GetMapping("/stock/from-silent-host")
    public long fromSilentHost() {
        return countAt(elsewhere("", System.getenv("LAB_HOLE_PORT"), ""));
    }

    @GetMapping("/stock/from-lost-name")
    public long fromLostName() {
        return countAt(elsewhere("db.invalid", "", ""));
    }

    @GetMapping("/stock/with-old-password")
    public long withOldPassword() {
        return countAt(url(), "app", "expired-last-week");
    }

    @GetMapping("/stock/other-database")
    public long otherDatabase() {
        return countAt(elsewhere("", "", "never_created"));
    }

    @GetMapping("/stock/as-retired-user")
    public long asRetired() {
        return countAt(url(), "retired", System.getProperty("lab.password"));
    }

    @GetMapping("/stock/as-locked-user")
    public long asLocked() {
        return countAt(url(), "locked", System.getProperty("lab.password"));
    }

    @GetMapping("/stock/as-crowded-user")
    public long asCrowded() {
        return countAt(url(), "crowded", System.getProperty("lab.password"));
    }

    @GetMapping("/stock/as-guest")
    public long asGuest() {
        return countAt(elsewhere("", "", "private"));
    }

    @GetMapping("/stock/wherever")
    public long wherever() {
        try {
            return fromClosedPort();
        } catch (DataAccessException down) {
            return count();
        }
    }

    @GetMapping("/stock/and-bug")
    public String andBug() {
        String found = null;
        try {
            found = "" + fromClosedPort();
        } catch (DataAccessException down) {
            // A bug: nothing was found, and nobody asks.
        }
        return found.strip();
    }

    @GetMapping("/stock/wrapped")
    public String wrapped() {
        try {
            return loyalty();
        } catch (DataAccessException lost) {
            throw new IllegalStateException("no stock today", lost);
        }
    }
}
