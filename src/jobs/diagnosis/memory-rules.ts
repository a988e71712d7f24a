import type { Rule } from "./types.ts";

const executorMemory = ["spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.cores"];

export const memoryRules: readonly Rule[] = [
  {
    id: "driver-container-oom",
    confidence: 0.95,
    pattern: /driver.{0,80}(?:OOMKilled|exit(?:ed with)?(?: exit)? ?(?:code|status):? ?137\b)/i,
    settings: ["spark.driver.memory", "spark.driver.memoryOverhead"],
    cause: {
      en: "The driver's container used more memory than it was given and was killed.",
      zh: "driver 容器使用的内存超过其配额，被系统终止。",
    },
    fix: {
      en: "Collect less data to the driver (collect, toPandas, broadcast), or raise spark.driver.memory or spark.driver.memoryOverhead.",
      zh: "减少拉取到 driver 的数据（collect、toPandas、broadcast），或调大 spark.driver.memory、spark.driver.memoryOverhead。",
    },
    origin: "Exit code 137 is SIGKILL; Kubernetes reports OOMKilled",
  },
  {
    id: "executor-container-oom",
    confidence: 0.95,
    pattern:
      /OOMKilled|\bexit(?:ed with)?(?: exit)? ?(?:code|status):? ?137\b|killed by YARN for exceeding .{0,40}memory limits/i,
    not: /driver/i,
    whileRunning: true,
    settings: executorMemory,
    cause: {
      en: "An executor's container used more memory than it was given and was killed.",
      zh: "executor 容器使用的内存超过其配额，被系统终止。",
    },
    fix: {
      en: "Raise spark.executor.memoryOverhead (Python and native memory live there) or spark.executor.memory, or lower spark.executor.cores so that fewer tasks share it.",
      zh: "调大 spark.executor.memoryOverhead（Python 与本地内存在其中）或 spark.executor.memory，或减小 spark.executor.cores，使更少任务共享内存。",
    },
    origin: "Spark ExecutorPodsLifecycleManager: exit code 137 (SIGKILL, possible container OOM)",
  },
  {
    id: "container-terminated",
    confidence: 0.45,
    pattern: /\bexit(?:ed with)?(?: exit)? ?(?:code|status):? ?143\b/i,
    after: ["executor-container-oom", "driver-container-oom", "execution-time-limit"],
    settings: executorMemory,
    cause: {
      en: "A container was asked to end (SIGTERM). Memory pressure, the end of the driver, a cancel or scaling down all look like this.",
      zh: "容器收到终止信号（SIGTERM）。内存压力、driver 结束、取消或缩容都会如此。",
    },
    fix: {
      en: "Look at what the driver says just before. If nothing else explains it, raise spark.executor.memoryOverhead.",
      zh: "查看 driver 在此之前的日志；若无其他原因，可调大 spark.executor.memoryOverhead。",
    },
    origin: "Exit code 143 is SIGTERM",
  },
  {
    id: "broadcast-too-large",
    confidence: 0.93,
    pattern:
      /Not enough memory to build and broadcast the table|Cannot broadcast the table (?:over|that is larger than)/i,
    settings: ["spark.sql.autoBroadcastJoinThreshold", "spark.driver.memory"],
    cause: {
      en: "A table that Spark chose to broadcast was too large for the driver.",
      zh: "Spark 选择广播的表过大，driver 无法容纳。",
    },
    fix: {
      en: "Set spark.sql.autoBroadcastJoinThreshold=-1 or remove the broadcast hint; gather table statistics so that Spark estimates better.",
      zh: "设置 spark.sql.autoBroadcastJoinThreshold=-1 或去掉 broadcast 提示；并收集表统计信息以改进估算。",
    },
    origin: "Spark BroadcastExchangeExec",
  },
  {
    id: "driver-result-too-large",
    confidence: 0.95,
    pattern:
      /Total size of serialized results of \d+ tasks .{0,60}bigger than (?:local maxResultSize|spark\.driver\.maxResultSize)/,
    settings: ["spark.driver.maxResultSize", "spark.driver.memory"],
    cause: {
      en: "The tasks sent more result data to the driver than spark.driver.maxResultSize allows.",
      zh: "各任务返回给 driver 的结果超过 spark.driver.maxResultSize 的限制。",
    },
    fix: {
      en: "Write the result to a table instead of collecting it; only then raise spark.driver.maxResultSize, together with spark.driver.memory.",
      zh: "将结果写入表，而不是拉取到 driver；确有必要时再同时调大 spark.driver.maxResultSize 与 spark.driver.memory。",
    },
    origin: "Spark TaskSetManager.canFetchMoreResults",
  },
  {
    id: "spark-memory-exhausted",
    confidence: 0.9,
    pattern: /SparkOutOfMemoryError|UNABLE_TO_ACQUIRE_MEMORY|Unable to acquire \d+ bytes of memory/,
    settings: [...executorMemory, "spark.sql.shuffle.partitions"],
    cause: {
      en: "A task could not get memory from Spark's own pool for a sort, join or aggregation.",
      zh: "任务在排序、连接或聚合时无法从 Spark 内存池获得内存。",
    },
    fix: {
      en: "Make the partitions smaller (spark.sql.shuffle.partitions), look for a skewed key, or raise spark.executor.memory.",
      zh: "减小分区（调大 spark.sql.shuffle.partitions），检查倾斜的键，或调大 spark.executor.memory。",
    },
    origin: "Spark TaskMemoryManager, MemoryConsumer.throwOom",
  },
  {
    id: "executor-heap-oom",
    confidence: 0.92,
    pattern:
      /(?:Lost task|Exception in task|executor \d+).{0,200}java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded)/,
    whileRunning: true,
    settings: [...executorMemory, "spark.sql.shuffle.partitions"],
    cause: {
      en: "An executor ran out of Java heap.",
      zh: "executor 的 Java 堆内存耗尽。",
    },
    fix: {
      en: "Raise spark.executor.memory or lower spark.executor.cores; use more and smaller partitions; look for a skewed key.",
      zh: "调大 spark.executor.memory 或减小 spark.executor.cores；使用更多更小的分区；检查倾斜的键。",
    },
    origin: "Spark TaskSetManager, java.lang.OutOfMemoryError",
  },
  {
    id: "heap-oom",
    confidence: 0.88,
    pattern:
      /java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded|Requested array size exceeds VM limit)/,
    after: ["executor-heap-oom"],
    whileRunning: true,
    settings: ["spark.driver.memory", "spark.executor.memory"],
    cause: {
      en: "A Java process of the job ran out of heap; a line in the driver's own log means the driver, a task's line an executor.",
      zh: "作业的某个 Java 进程堆内存耗尽；若出现在 driver 自身日志中通常是 driver，若为任务日志则是 executor。",
    },
    fix: {
      en: "Driver: collect less, or raise spark.driver.memory. Executor: raise spark.executor.memory or use smaller partitions.",
      zh: "driver：减少拉取的数据或调大 spark.driver.memory。executor：调大 spark.executor.memory 或减小分区。",
    },
    origin: "java.lang.OutOfMemoryError",
  },
  {
    id: "native-memory-oom",
    confidence: 0.88,
    pattern:
      /java\.lang\.OutOfMemoryError: (?:Metaspace|Direct buffer memory|Compressed class space|unable to create (?:new )?native thread)|Cannot reserve .{0,40}direct buffer memory/,
    settings: ["spark.executor.memoryOverhead", "spark.driver.memoryOverhead"],
    cause: {
      en: "A Java process ran out of memory outside its heap (class metadata, direct buffers or threads).",
      zh: "Java 进程的堆外内存（类元数据、直接缓冲区或线程）耗尽。",
    },
    fix: {
      en: "Raise spark.executor.memoryOverhead or spark.driver.memoryOverhead, for the process that wrote the line.",
      zh: "为写出该行的进程调大 spark.executor.memoryOverhead 或 spark.driver.memoryOverhead。",
    },
    origin: "java.lang.OutOfMemoryError",
  },
  {
    id: "python-memory-error",
    confidence: 0.92,
    pattern: /^(?:.*: )?MemoryError\b|_ArrayMemoryError: |Unable to allocate [\d.]+ [KMGT]iB for an array/,
    settings: ["spark.driver.memoryOverhead", "spark.executor.memoryOverhead", "spark.executor.pyspark.memory"],
    cause: {
      en: "Python code ran out of memory.",
      zh: "Python 代码内存耗尽。",
    },
    fix: {
      en: "Python's memory is outside the Java heap: raise spark.driver.memoryOverhead (driver code, toPandas) or spark.executor.memoryOverhead (UDFs), or work on less data at a time.",
      zh: "Python 内存在 Java 堆之外：driver 代码（如 toPandas）请调大 spark.driver.memoryOverhead，UDF 请调大 spark.executor.memoryOverhead，或分批处理数据。",
    },
    origin: "Python MemoryError, NumPy _ArrayMemoryError",
  },
  {
    id: "kryo-buffer-overflow",
    confidence: 0.95,
    pattern: /Kryo serialization failed: Buffer overflow|KRYO_BUFFER_OVERFLOW/,
    settings: ["spark.kryoserializer.buffer.max"],
    cause: {
      en: "One object was larger than Kryo's buffer.",
      zh: "单个对象超过 Kryo 缓冲区大小。",
    },
    fix: {
      en: "Raise spark.kryoserializer.buffer.max (below 2g), or make the object smaller.",
      zh: "调大 spark.kryoserializer.buffer.max（需小于 2g），或减小该对象。",
    },
    origin: "Spark KryoSerializerInstance.serialize",
  },
];
