import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;

/** One query by JDBC, or through HikariCP: by JDBC_DATABASE_URL, or by DB_* where the argument ends in "-parts". */
public class Client {
    private static final String QUERY = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = connect(arguments[0]);
                ResultSet row = connection.createStatement().executeQuery(QUERY)) {
            row.next();
            System.out.println(row.getBoolean(1) + " " + row.getString(2));
        } catch (Exception failure) {
            System.err.println(failure.getMessage() + " " + failure.getCause());
            System.exit(1);
        }
    }

    private static Connection connect(String client) throws Exception {
        String place = of("DB_HOST") + ":" + of("DB_PORT") + "/" + of("DB_NAME");
        String url = client.endsWith("-parts") ? "jdbc:postgresql://" + place : of("JDBC_DATABASE_URL");
        if (!client.startsWith("hikari")) {
            return DriverManager.getConnection(url, of("DB_USER"), of("DB_PASSWORD"));
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(of("DB_USER"));
        config.setPassword(of("DB_PASSWORD"));
        config.setMaximumPoolSize(1);
        config.setInitializationFailTimeout(1);
        return new HikariDataSource(config).getConnection();
    }

    private static String of(String name) {
        return System.getenv(name);
    }
}
