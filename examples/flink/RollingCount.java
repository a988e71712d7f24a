import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.utils.ParameterTool;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.util.Collector;

/**
 * Counts events by key, for ever, and writes each new count as "key,count". The counts are state: they go on after a
 * resume from a savepoint.
 *
 * <p>--rate: events a second (10). --keys: number of keys (4). --events: ends after so many (never).
 * --work-ms: how long each takes to count (0). --output: folder for the counts, complete with each checkpoint; without
 * it they are printed.
 */
public final class RollingCount {
  public static void main(String[] args) throws Exception {
    ParameterTool parameters = ParameterTool.fromArgs(args);
    long keys = parameters.getLong("keys", 4);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    DataGeneratorSource<Long> events =
        new DataGeneratorSource<>(
            number -> number % keys,
            parameters.getLong("events", Long.MAX_VALUE),
            RateLimiterStrategy.perSecond(parameters.getDouble("rate", 10)),
            Types.LONG);
    DataStream<String> counts =
        environment
            .fromSource(events, WatermarkStrategy.noWatermarks(), "events")
            .uid("events")
            .keyBy(key -> key)
            .process(new Count(parameters.getLong("work-ms", 0)))
            .uid("count")
            .name("count");
    if (parameters.has("output")) {
      Path folder = new Path(parameters.get("output"));
      counts
          .sinkTo(
              FileSink.forRowFormat(folder, new SimpleStringEncoder<String>())
                  .withRollingPolicy(OnCheckpointRollingPolicy.build())
                  .build())
          .uid("files")
          .name("files");
    } else {
      counts.print().uid("print").name("print");
    }
    environment.execute("Rolling count");
  }

  private static final class Count extends KeyedProcessFunction<Long, Long, String> {
    private final long workMs;
    private transient ValueState<Long> count;

    Count(long workMs) {
      this.workMs = workMs;
    }

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(Long key, Context context, Collector<String> out) throws Exception {
      if (workMs > 0) {
        Thread.sleep(workMs);
      }
      long now = count.value() == null ? 1 : count.value() + 1;
      count.update(now);
      out.collect(key + "," + now);
    }
  }
}
