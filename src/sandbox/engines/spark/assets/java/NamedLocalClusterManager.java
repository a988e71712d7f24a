package sandbox;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.ExternalClusterManager;
import org.apache.spark.scheduler.SchedulerBackend;
import org.apache.spark.scheduler.TaskScheduler;
import org.apache.spark.scheduler.TaskSchedulerImpl;
import org.apache.spark.scheduler.local.LocalSchedulerBackend;
import org.apache.spark.util.SystemClock;

/**
 * Spark's local mode with an application id of our choice (spark.sandbox.application.id).
 *
 * <p>Spark 3.5 names a local application "local-" and the time, with no setting against it (spark.test.appId is
 * 4.x). The master is "local[N,sandbox]": the prefix "local[" keeps everything in Spark that asks for local mode
 * working, and no built-in pattern matches it, so Spark asks the external cluster managers.
 */
public final class NamedLocalClusterManager implements ExternalClusterManager {
  private static final Pattern MASTER = Pattern.compile("local\\[(\\d+),sandbox\\]");

  @Override
  public boolean canCreate(String master) {
    return MASTER.matcher(master).matches();
  }

  @Override
  public TaskScheduler createTaskScheduler(SparkContext context, String master) {
    return new TaskSchedulerImpl(context, 1, true, new SystemClock());
  }

  @Override
  public SchedulerBackend createSchedulerBackend(SparkContext context, String master, TaskScheduler scheduler) {
    Matcher cores = MASTER.matcher(master);
    if (!cores.matches()) throw new IllegalArgumentException(master);
    String applicationId = context.getConf().get("spark.sandbox.application.id");
    return new LocalSchedulerBackend(
        context.getConf(), (TaskSchedulerImpl) scheduler, Integer.parseInt(cores.group(1))) {
      @Override
      public String applicationId() {
        return applicationId;
      }
    };
  }

  @Override
  public void initialize(TaskScheduler scheduler, SchedulerBackend backend) {
    ((TaskSchedulerImpl) scheduler).initialize(backend);
  }
}
