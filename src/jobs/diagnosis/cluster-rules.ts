import type { Rule } from "./types.ts";

/** Resources, network, time limits, lost processes. */
export const clusterRules: readonly Rule[] = [
  {
    id: "execution-time-limit",
    confidence: 0.9,
    pattern:
      /execution ?timeout|(?:job|run|application).{0,60}(?:timed out|timeout|exceed\w* .{0,40}(?:time|seconds))/i,
    sources: ["reason"],
    cause: { en: "The run reached its time limit and was ended.", zh: "作业达到执行时限，被终止。" },
    fix: {
      en: "Raise executionTimeoutSeconds, or make the job faster; look first whether it was waiting for resources.",
      zh: "调大 executionTimeoutSeconds 或优化作业；先确认是否一直在等待资源。",
    },
    origin: "State change reason of the service",
  },
  {
    id: "no-resources",
    confidence: 0.8,
    pattern: /Initial job has not accepted any resources/,
    whileRunning: true,
    settings: ["spark.executor.cores", "spark.executor.memory", "spark.executor.instances"],
    cause: {
      en: "The driver is up but got no executors: the queue has no room, or one executor is larger than the queue.",
      zh: "driver 已启动但没有得到 executor：队列没有空闲，或单个 executor 大于队列。",
    },
    fix: {
      en: "Compare what the job asks for with what the queue has free; ask for fewer or smaller executors, or wait.",
      zh: "对比作业申请的资源与队列空闲；减少或缩小 executor，或等待。",
    },
    origin: "Spark TaskSchedulerImpl",
  },
  {
    id: "disk-full",
    confidence: 0.95,
    pattern: /No space left on device|\bENOSPC\b|Disk quota exceeded/,
    whileRunning: true,
    settings: ["spark.sql.shuffle.partitions", "spark.executor.instances"],
    cause: {
      en: "A container's local disk is full, usually of shuffle or spill files.",
      zh: "容器本地磁盘写满，通常是 shuffle 或溢写文件。",
    },
    fix: {
      en: "Spread the data over more executors, shuffle less (filter and project earlier, avoid skew), or use a remote shuffle service.",
      zh: "使用更多 executor 分散数据，减少 shuffle（提前过滤与裁剪、避免倾斜），或使用远程 shuffle 服务。",
    },
    origin: "ENOSPC",
  },
  {
    id: "fetch-failed",
    confidence: 0.6,
    pattern: /FetchFailed\(|(?:Metadata)?FetchFailedException/,
    after: ["executor-container-oom", "executor-heap-oom", "disk-full"],
    settings: ["spark.executor.memory", "spark.executor.memoryOverhead", "spark.sql.shuffle.partitions"],
    cause: {
      en: "Shuffle data could not be read, nearly always because the executor that held it is gone or was too busy.",
      zh: "无法读取 shuffle 数据，通常因为持有数据的 executor 已丢失或过于繁忙。",
    },
    fix: {
      en: "Find out why that executor was lost (memory first); more shuffle partitions make each fetch smaller.",
      zh: "先查明该 executor 丢失的原因（首先看内存）；更多的 shuffle 分区可减小单次读取量。",
    },
    origin: "Spark ShuffleBlockFetcherIterator; any FetchFailed is worth a look",
  },
  {
    id: "heartbeat-timeout",
    confidence: 0.7,
    pattern: /Executor heartbeat timed out after \d+ ms/,
    after: ["executor-container-oom", "executor-heap-oom"],
    whileRunning: true,
    settings: ["spark.executor.memory", "spark.network.timeout", "spark.executor.heartbeatInterval"],
    cause: {
      en: "An executor stopped answering, usually during long garbage collection.",
      zh: "executor 停止响应，通常是长时间垃圾回收所致。",
    },
    fix: {
      en: "Raise spark.executor.memory or use smaller partitions; only then raise spark.network.timeout.",
      zh: "调大 spark.executor.memory 或减小分区；之后再考虑调大 spark.network.timeout。",
    },
    origin: "Spark HeartbeatReceiver",
  },
  {
    id: "broadcast-timeout",
    confidence: 0.9,
    pattern: /Could not execute broadcast in \d+ secs/,
    settings: ["spark.sql.broadcastTimeout", "spark.sql.autoBroadcastJoinThreshold"],
    cause: {
      en: "Building a broadcast table took longer than spark.sql.broadcastTimeout.",
      zh: "构建广播表的时间超过 spark.sql.broadcastTimeout。",
    },
    fix: {
      en: "Set spark.sql.autoBroadcastJoinThreshold=-1 for this job, or raise spark.sql.broadcastTimeout.",
      zh: "为该作业设置 spark.sql.autoBroadcastJoinThreshold=-1，或调大 spark.sql.broadcastTimeout。",
    },
    origin: "Spark BroadcastExchangeExec",
  },
  {
    id: "rpc-timeout",
    confidence: 0.55,
    pattern: /RpcTimeoutException|Futures timed out after \[/,
    after: ["broadcast-timeout", "executor-container-oom", "executor-heap-oom", "heap-oom"],
    settings: ["spark.network.timeout", "spark.driver.memory"],
    cause: {
      en: "Driver and executors did not answer each other in time, often because one of them was short of memory.",
      zh: "driver 与 executor 之间未及时响应，常因其中一方内存不足。",
    },
    fix: {
      en: "Look at garbage collection first; spark.network.timeout only helps when the other side is merely slow.",
      zh: "先检查垃圾回收；只有对端确实较慢时，调大 spark.network.timeout 才有用。",
    },
    origin: "Spark RpcTimeout",
  },
  {
    id: "host-unknown",
    confidence: 0.8,
    pattern:
      /UnknownHostException: (?<name>[\w.-]{1,160})|Name or service not known|Temporary failure in name resolution/,
    cause: { en: "A host name could not be resolved from where the job runs.", zh: "作业运行环境无法解析某个主机名。" },
    fix: {
      en: "Check the name; hosts in a VPC need a network connection of the workspace, chosen for this job.",
      zh: "检查名称；VPC 内的主机需要工作空间的网络连接，并在作业中选用。",
    },
    origin: "java.net.UnknownHostException",
  },
  {
    id: "connection-failed",
    confidence: 0.5,
    pattern:
      /(?:ConnectException|SocketTimeoutException|ConnectTimeoutException|CommunicationsException)\b.{0,120}(?:refused|timed out|failure|timeout)/i,
    after: ["metastore-unreachable", "executor-container-oom", "executor-heap-oom", "host-unknown"],
    cause: {
      en: "The job could not connect to a host, or a lost executor's address no longer answers.",
      zh: "作业无法连接某个主机，或已丢失的 executor 地址不再响应。",
    },
    fix: {
      en: "If the address is a database or service of yours: check port, security group and the workspace's network connection. If it is an executor: find out why it was lost.",
      zh: "若为自有数据库或服务：检查端口、安全组与工作空间网络连接。若为 executor：查明其丢失原因。",
    },
    origin: "java.net.ConnectException and relatives",
  },
  {
    id: "executor-lost",
    confidence: 0.45,
    pattern: /ExecutorLostFailure|Lost executor \d+ on /,
    not: /decommission|idle for|killed by driver/i,
    generic: true,
    whileRunning: true,
    settings: ["spark.executor.memory", "spark.executor.memoryOverhead"],
    cause: {
      en: "Executors were lost; the line says how, if the cluster knew.",
      zh: "有 executor 丢失；若集群知道原因，该行会说明。",
    },
    fix: {
      en: "Read the log of that executor; memory is the usual reason.",
      zh: "查看该 executor 的日志，内存是常见原因。",
    },
    origin: "Spark TaskSchedulerImpl.executorLost",
  },
];
