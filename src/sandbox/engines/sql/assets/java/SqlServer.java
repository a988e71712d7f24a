package sandbox.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.SparkSession;

/**
 * One Spark for one user, asked over HTTP on the loopback interface: HiveServer2's Thrift at /cliservice for JDBC and
 * ODBC clients, and JSON at /statement and /cancel for the sandbox itself.
 *
 * <p>Arguments: the user, the file that tells the port once requests are answered, and the seconds without a request
 * after which this ends (0: never). The password of the user is in SANDBOX_SQL_PASSWORD: a command line is there for
 * everybody on the machine to read.
 */
public final class SqlServer {
  private static final ObjectMapper json = new ObjectMapper();
  private static final AtomicInteger answering = new AtomicInteger();
  private static volatile long lastRequest = System.nanoTime();

  private SqlServer() {}

  public static void main(String[] arguments) throws Exception {
    String user = arguments[0];
    Path readyFile = Paths.get(arguments[1]);
    long idleNanoseconds = (long) (Double.parseDouble(arguments[2]) * 1e9);
    byte[] authorization = basic(user, System.getenv("SANDBOX_SQL_PASSWORD"));

    SparkSession spark = SparkSession.builder().getOrCreate();
    ThriftFrontend thrift = new ThriftFrontend(spark, user);
    Statements statements = new Statements(spark);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", guarded(authorization, exchange -> send(exchange, 404, "text/plain", new byte[0])));
    server.createContext(
        "/cliservice",
        guarded(authorization, exchange -> send(exchange, 200, "application/x-thrift", thrift.answer(body(exchange)))));
    server.createContext("/statement", guarded(authorization, exchange -> reply(exchange, statements.run(ask(exchange)))));
    server.createContext("/cancel", guarded(authorization, exchange -> reply(exchange, statements.cancel(ask(exchange)))));
    server.start();
    tell(readyFile, server.getAddress().getPort());
    waitUntilIdle(spark, idleNanoseconds);
    server.stop(0);
    spark.stop();
    System.exit(0);
  }

  /** Never returns where the limit is 0: Spark ends when main does. */
  private static void waitUntilIdle(SparkSession spark, long limit) throws InterruptedException {
    while (true) {
      Thread.sleep(limit == 0 ? 60_000 : Math.max(100, Math.min(5_000, limit / 4_000_000)));
      boolean working = answering.get() > 0 || spark.sparkContext().statusTracker().getActiveJobIds().length > 0;
      if (working) lastRequest = System.nanoTime();
      else if (limit > 0 && System.nanoTime() - lastRequest > limit) return;
    }
  }

  private static HttpHandler guarded(byte[] authorization, HttpHandler handler) {
    return exchange -> {
      answering.incrementAndGet();
      try {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        byte[] presented = (given == null ? "" : given).getBytes(StandardCharsets.UTF_8);
        if (MessageDigest.isEqual(presented, authorization)) handler.handle(exchange);
        else send(exchange, 401, "text/plain", new byte[0]);
      } catch (Throwable error) {
        System.err.println(exchange.getRequestURI().getPath() + ": " + error);
        throw error;
      } finally {
        lastRequest = System.nanoTime();
        answering.decrementAndGet();
        exchange.close();
      }
    };
  }

  private static byte[] basic(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return ("Basic " + Base64.getEncoder().encodeToString(pair)).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    InputStream in = exchange.getRequestBody();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] part = new byte[8192];
    for (int size = in.read(part); size >= 0; size = in.read(part)) all.write(part, 0, size);
    return all.toByteArray();
  }

  private static Map<?, ?> ask(HttpExchange exchange) throws IOException {
    return json.readValue(body(exchange), Map.class);
  }

  private static void reply(HttpExchange exchange, Object answer) throws IOException {
    send(exchange, 200, "application/json", json.writeValueAsBytes(answer));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] answer) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
    if (answer.length > 0) exchange.getResponseBody().write(answer);
  }

  /** Renamed into place, so that nobody reads half a file. */
  private static void tell(Path readyFile, int port) throws IOException {
    Path written = readyFile.resolveSibling(readyFile.getFileName() + ".new");
    Files.write(written, json.writeValueAsBytes(Collections.singletonMap("port", port)));
    Files.move(written, readyFile, StandardCopyOption.ATOMIC_MOVE);
  }
}
