package sandbox.sql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Runs single statements in one session and gives their rows as text, each value as Spark's CAST to STRING has it. */
final class Statements {
  private static final long taskEndMilliseconds = 10_000;

  private final SparkSession session;
  private final SparkContext context;
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  Statements(SparkSession spark) {
    this.session = spark.newSession();
    this.context = spark.sparkContext();
  }

  private static final class Running {
    final CountDownLatch ended = new CountDownLatch(1);
    private Thread thread;
    private boolean cancelled;

    /** False when the cancellation has come first. */
    synchronized boolean begin() {
      thread = Thread.currentThread();
      return !cancelled;
    }

    /** The thread serves others afterwards, so an interruption must not stay behind. */
    synchronized boolean end() {
      thread = null;
      Thread.interrupted();
      return cancelled;
    }

    synchronized void cancel() {
      if (!cancelled && thread != null) thread.interrupt();
      cancelled = true;
    }
  }

  /** {id, sql, maxRows, catalog?, database?} -> {columns, rows, truncated}, {error} or {cancelled}. */
  Object run(Map<?, ?> request) {
    String id = (String) request.get("id");
    Running statement = running.computeIfAbsent(id, each -> new Running());
    Object answer = null;
    Throwable failure = null;
    boolean cancelled;
    try {
      if (statement.begin()) {
        context.setJobGroup(id, "statement " + id, true);
        answer = evaluate(request);
      }
    } catch (Throwable error) {
      failure = error;
    } finally {
      context.clearJobGroup();
      cancelled = statement.end();
      statement.ended.countDown();
      running.remove(id);
    }
    if (answer != null) return answer;
    if (cancelled) return Collections.singletonMap("cancelled", true);
    return Collections.singletonMap("error", describe(failure));
  }

  /** Answers when neither the driver nor a task works on the statement any more. */
  Object cancel(Map<?, ?> request) {
    String id = (String) request.get("id");
    Running statement = running.computeIfAbsent(id, each -> new Running());
    statement.cancel();
    try {
      do context.cancelJobGroup(id);
      while (!statement.ended.await(100, TimeUnit.MILLISECONDS));
      // Between the interruption and its end a statement may have started one more job, which holds every core.
      context.cancelJobGroup(id);
      for (long waited = 0; hasActiveTasks(id) && waited < taskEndMilliseconds; waited += 50) Thread.sleep(50);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
    return Collections.singletonMap("cancelled", true);
  }

  private boolean hasActiveTasks(String group) {
    SparkStatusTracker tracker = context.statusTracker();
    for (int job : tracker.getJobIdsForGroup(group)) {
      if (tracker.getJobInfo(job).isEmpty()) continue;
      for (int stage : tracker.getJobInfo(job).get().stageIds()) {
        scala.Option<SparkStageInfo> info = tracker.getStageInfo(stage);
        if (info.isDefined() && info.get().numActiveTasks() > 0) return true;
      }
    }
    return false;
  }

  private Object evaluate(Map<?, ?> request) {
    String catalog = (String) request.get("catalog");
    String database = (String) request.get("database");
    if (catalog != null) session.catalog().setCurrentCatalog(catalog);
    if (database != null) session.catalog().setCurrentDatabase(database);
    // A command has done its work when sql() returns; only a query is evaluated by what follows.
    Dataset<Row> result = session.sql((String) request.get("sql"));
    StructType schema = result.schema();
    int maxRows = ((Number) request.get("maxRows")).intValue();
    List<Row> rows = schema.isEmpty() ? Collections.emptyList() : asText(result).limit(maxRows + 1).collectAsList();
    boolean truncated = rows.size() > maxRows;

    List<Object> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      Map<String, String> column = new LinkedHashMap<>();
      column.put("name", field.name());
      column.put("type", field.dataType().catalogString());
      columns.add(column);
    }
    List<Object> values = new ArrayList<>();
    for (Row row : truncated ? rows.subList(0, maxRows) : rows) {
      List<String> texts = new ArrayList<>(row.size());
      for (int i = 0; i < row.size(); i++) texts.add(row.getString(i));
      values.add(texts);
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("columns", columns);
    answer.put("rows", values);
    answer.put("truncated", truncated);
    return answer;
  }

  /** By position: several columns of a result may have one name. */
  private static Dataset<Row> asText(Dataset<Row> result) {
    int width = result.schema().size();
    String[] names = new String[width];
    for (int i = 0; i < width; i++) names[i] = "c" + i;
    Dataset<Row> renamed = result.toDF(names);
    Column[] texts = new Column[width];
    for (int i = 0; i < width; i++) texts[i] = renamed.col(names[i]).cast("string");
    return renamed.select(texts);
  }

  /** The innermost cause that Spark has an error class for, else the innermost of all: it says what happened. */
  private static Object describe(Throwable failure) {
    Set<Throwable> seen = new HashSet<>();
    Throwable told = failure;
    SparkThrowable classified = null;
    for (Throwable each = failure; each != null && seen.add(each); each = each.getCause()) {
      if (classified == null) told = each;
      if (each instanceof SparkThrowable && ((SparkThrowable) each).getErrorClass() != null) {
        classified = (SparkThrowable) each;
        told = each;
      }
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    if (classified != null) {
      answer.put("errorClass", classified.getErrorClass());
      answer.put("sqlState", classified.getSqlState());
    }
    // The full message of an AnalysisException has Spark's own picture of the plan below it.
    String message =
        told instanceof AnalysisException ? ((AnalysisException) told).getSimpleMessage() : told.getMessage();
    answer.put("message", message == null || message.isEmpty() ? told.toString() : message);
    return answer;
  }
}
