package lab;

import java.net.URI;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The deeds of the lab as a Spring Boot app: every route fails in the way that its name in the lab's table says. */
@SpringBootApplication
public class Forge {
    public static void main(String[] arguments) {
        if ("setting".equals(System.getenv("LAB_BROKEN")) && System.getenv("SESSION_SECRET") == null) {
            throw new IllegalStateException("SESSION_SECRET is not set");
        }
        URI database = URI.create(System.getenv("LAB_DATABASE"));
        String kind = database.getScheme().equals("mysql") ? "mariadb" : database.getScheme();
        System.setProperty("lab.jdbc",
                "jdbc:" + kind + "://" + database.getHost() + ":" + database.getPort() + database.getPath());
        System.setProperty("lab.password", database.getUserInfo().split(":")[1]);
        SpringApplication.run(Forge.class, arguments);
    }
}
