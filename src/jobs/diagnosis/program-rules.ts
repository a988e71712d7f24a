import type { Rule } from "./types.ts";

/** What the person's own program or its packaging did wrong. */
export const programRules: readonly Rule[] = [
  {
    id: "main-class-not-found",
    confidence: 0.97,
    pattern: /Error: Failed to load class (?<name>[\w.$-]{1,160}?)\.?$/,
    cause: { en: "The main class {name} is not in the JAR.", zh: "JAR 中没有主类 {name}。" },
    fix: {
      en: "Check mainClass (package and spelling) and that the uploaded JAR is the built one.",
      zh: "检查 mainClass（包名与拼写），并确认上传的 JAR 是最新构建的。",
    },
    origin: "Spark SparkSubmit.runMain",
  },
  {
    id: "data-source-not-found",
    confidence: 0.94,
    pattern:
      /DATA_SOURCE_NOT_FOUND\] .{0,40}data source: (?<name>[\w.$-]{1,120}?)\.?(?:\s|$)|Failed to find (?:the )?data source: (?<name2>[\w.$-]{1,120}?)\.?(?:\s|$)/,
    cause: { en: "No data source named {name} is on the class path.", zh: "类路径中没有名为 {name} 的数据源。" },
    fix: {
      en: "Add the connector's JAR with jars, built for this engine's Spark and Scala version, or correct the name in format(...).",
      zh: "通过 jars 添加与引擎 Spark、Scala 版本匹配的连接器 JAR，或更正 format(...) 中的名称。",
    },
    origin: "Spark error class DATA_SOURCE_NOT_FOUND",
  },
  {
    id: "class-not-found",
    confidence: 0.9,
    pattern: /(?:ClassNotFoundException|NoClassDefFoundError): (?<name>[\w.$/-]{1,160})/,
    after: ["main-class-not-found", "data-source-not-found"],
    cause: { en: "The Java class {name} is not on the class path.", zh: "类路径中没有 Java 类 {name}。" },
    fix: {
      en: "Add the JAR that holds it with jars, or build one JAR with all dependencies (Spark itself left out).",
      zh: "通过 jars 添加包含该类的 JAR，或构建包含全部依赖（不含 Spark 本身）的 JAR。",
    },
    origin: "java.lang.ClassNotFoundException",
  },
  {
    id: "java-version-mismatch",
    confidence: 0.95,
    pattern: /UnsupportedClassVersionError/,
    cause: {
      en: "The JAR was compiled for a newer Java than the engine runs.",
      zh: "JAR 的编译目标 Java 版本高于引擎运行的版本。",
    },
    fix: {
      en: "Compile for Java 8, or choose an engine version that runs a newer Java (17 from esr-4.5.0).",
      zh: "以 Java 8 为目标编译，或选择运行更高版本 Java 的引擎（esr-4.5.0 起为 17）。",
    },
    origin: "java.lang.UnsupportedClassVersionError",
  },
  {
    id: "library-version-conflict",
    confidence: 0.85,
    pattern: /(?:NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError): /,
    cause: {
      en: "Two versions of one library met, often a JAR built for another Spark or Scala version.",
      zh: "同一库的不同版本冲突，常见于 JAR 针对其他 Spark 或 Scala 版本构建。",
    },
    fix: {
      en: "Build against the engine's Spark and Scala version, and mark Spark's own libraries as provided or shade the conflicting one.",
      zh: "按引擎的 Spark、Scala 版本重新构建，将 Spark 自带库设为 provided，或对冲突库做 shade。",
    },
    origin: "java.lang.LinkageError family",
  },
  {
    id: "python-module-not-found",
    confidence: 0.95,
    pattern: /ModuleNotFoundError: No module named '(?<name>[\w.-]{1,120})'/,
    cause: {
      en: "The Python module {name} is not installed where the job runs.",
      zh: "作业运行环境未安装 Python 模块 {name}。",
    },
    fix: {
      en: "Give it with pyFiles (.py, .zip, .egg), or an environment archive with archives, or use a runtime environment of the workspace that has it.",
      zh: "通过 pyFiles（.py、.zip、.egg）或 archives 环境包提供，或使用包含该模块的工作空间运行环境。",
    },
    origin: "Python ModuleNotFoundError",
  },
  {
    id: "python-version-mismatch",
    confidence: 0.95,
    pattern:
      /Python in worker has different version|PYTHON_VERSION_MISMATCH|Python versions? .{0,60}cannot run with different minor versions/i,
    settings: ["spark.pyspark.python", "spark.pyspark.driver.python"],
    cause: {
      en: "Driver and executors run different Python versions.",
      zh: "driver 与 executor 的 Python 版本不一致。",
    },
    fix: {
      en: "Point spark.pyspark.python and spark.pyspark.driver.python at the same interpreter, usually the one in the archive given with archives.",
      zh: "让 spark.pyspark.python 与 spark.pyspark.driver.python 指向同一解释器，通常为 archives 环境包中的解释器。",
    },
    origin: "PySpark worker.py",
  },
  {
    id: "python-interpreter-missing",
    confidence: 0.93,
    pattern: /Cannot run program "[^"]{0,200}python[^"]{0,20}".{0,80}(?:error=2|No such file)/,
    settings: ["spark.pyspark.python", "spark.pyspark.driver.python", "spark.archives"],
    cause: {
      en: "The Python interpreter that the settings name does not exist there.",
      zh: "配置指定的 Python 解释器不存在。",
    },
    fix: {
      en: "Check spark.pyspark.python against the folder the archive unpacks to (the name after # in archives).",
      zh: "核对 spark.pyspark.python 与环境包解压目录（archives 中 # 后的名称）是否一致。",
    },
    origin: "Spark PythonWorkerFactory",
  },
  {
    id: "program-arguments",
    confidence: 0.88,
    pattern:
      /: error: (?:the following arguments are required|unrecognized arguments|argument .{1,80}: (?:invalid|expected))|MissingOptionException|UnrecognizedOptionException|thread "main" java\.lang\.ArrayIndexOutOfBoundsException: (?:Index )?0\b/,
    cause: { en: "The program did not get the arguments it expects.", zh: "程序没有得到所需的参数。" },
    fix: {
      en: "Compare the job's arguments, their order and spelling with what the program reads.",
      zh: "核对作业参数的名称、顺序与程序读取的是否一致。",
    },
    origin: "Python argparse, Apache Commons CLI, java.lang.ArrayIndexOutOfBoundsException in main",
  },
  {
    id: "spark-submit-option",
    confidence: 0.93,
    pattern: /Error: Unrecognized option: |Unrecognized option: -/,
    cause: { en: "spark-submit met an option it does not know.", zh: "spark-submit 遇到无法识别的选项。" },
    fix: {
      en: "Look at sparkSubmitParameters: a value with blanks that is not quoted looks like this too.",
      zh: "检查 sparkSubmitParameters：未加引号的带空格取值也会如此。",
    },
    origin: "Spark SparkSubmitArguments.handleUnknown",
  },
  {
    id: "native-crash",
    confidence: 0.85,
    pattern:
      /A fatal error has been detected by the Java Runtime Environment|\bSIG(?:SEGV|BUS|ABRT) \(0x|\bexit(?:ed with)?(?: exit)? ?(?:code|status):? ?(?:134|139)\b/i,
    cause: { en: "Native code crashed a process of the job.", zh: "本地代码导致作业进程崩溃。" },
    fix: {
      en: "If the engine is the native one (Fusion), run the same job with fusion off; otherwise look at native libraries used in UDFs.",
      zh: "若使用 Fusion（native）引擎，请关闭 fusion 重试；否则检查 UDF 使用的本地库。",
    },
    origin: "HotSpot error report; exit codes 134 (SIGABRT) and 139 (SIGSEGV)",
  },
  {
    id: "task-not-serializable",
    confidence: 0.95,
    pattern: /SparkException: Task not serializable|PicklingError: Could not serialize/,
    cause: {
      en: "A function sent to the executors refers to an object that cannot be sent along.",
      zh: "发送到 executor 的函数引用了无法序列化的对象。",
    },
    fix: {
      en: "Create connections, sessions and the like inside the function (or in mapPartitions), and do not refer to SparkSession in it.",
      zh: "在函数内部（或 mapPartitions 中）创建连接等对象，且不要在其中引用 SparkSession。",
    },
    origin: "Spark ClosureCleaner, PySpark CloudPickleSerializer",
  },
  {
    id: "java-main-exception",
    confidence: 0.5,
    pattern: /Exception in thread "main" (?<name>[\w.$]{1,160})/,
    // Around a Python program this is only its wrapper's "User application exited".
    codeTypes: ["JAR", "SQL"],
    not: /SparkUserAppException/,
    generic: true,
    cause: { en: "The main program ended with {name}.", zh: "主程序因 {name} 结束。" },
    fix: {
      en: 'Read the stack trace under this line; the lowest "Caused by" is usually the root.',
      zh: '查看该行之后的堆栈，最下方的 "Caused by" 通常是根因。',
    },
    origin: "Java's default handler of uncaught exceptions",
  },
  {
    id: "task-failed",
    confidence: 0.4,
    pattern: /Job aborted due to stage failure: Task \d+ in stage [\d.]+ failed \d+ times/,
    generic: true,
    settings: ["spark.task.maxFailures"],
    cause: {
      en: "One task failed as often as Spark allows, which ended the job.",
      zh: "某个任务失败次数达到上限，作业因此结束。",
    },
    fix: {
      en: "The cause is in the rest of this line and the stack trace under it, or in the log of the executor it names.",
      zh: "原因见该行其余部分及其后的堆栈，或该行所指 executor 的日志。",
    },
    origin: "Spark TaskSetManager.handleFailedTask",
  },
];
