import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Estimates pi with random points. One optional argument: the number of partitions (2 without it). */
public final class SparkPi {
  private static final int POINTS_IN_A_PARTITION = 100_000;

  public static void main(String[] args) {
    int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    SparkSession spark = SparkSession.builder().appName("Spark Pi").getOrCreate();
    List<Integer> seeds = IntStream.range(0, partitions).boxed().collect(Collectors.toList());
    long inside =
        new JavaSparkContext(spark.sparkContext())
            .parallelize(seeds, partitions)
            .map(seed -> pointsInside())
            .reduce(Long::sum);
    System.out.println("Pi is roughly " + 4.0 * inside / ((long) POINTS_IN_A_PARTITION * partitions));
    spark.stop();
  }

  private static long pointsInside() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long inside = 0;
    for (int i = 0; i < POINTS_IN_A_PARTITION; i++) {
      double x = random.nextDouble();
      double y = random.nextDouble();
      if (x * x + y * y <= 1) inside++;
    }
    return inside;
  }
}
