/** Options of spark-submit. Source: org.apache.spark.launcher.SparkSubmitOptionParser, Spark 3.5. */

export const optionsWithValue: ReadonlySet<string> = new Set([
  "--archives",
  "--class",
  "--conf",
  "--deploy-mode",
  "--driver-class-path",
  "--driver-cores",
  "--driver-java-options",
  "--driver-library-path",
  "--driver-memory",
  "--exclude-packages",
  "--executor-cores",
  "--executor-memory",
  "--files",
  "--jars",
  "--keytab",
  "--kill",
  "--master",
  "--name",
  "--num-executors",
  "--packages",
  "--principal",
  "--properties-file",
  "--proxy-user",
  "--py-files",
  "--queue",
  "--remote",
  "--repositories",
  "--status",
  "--total-executor-cores",
]);

export const switches: ReadonlySet<string> = new Set([
  "--help",
  "--supervise",
  "--usage-error",
  "--verbose",
  "--version",
]);

export const aliases: Readonly<Record<string, string>> = { "-c": "--conf", "-h": "--help", "-v": "--verbose" };

/** An option beats the same setting given with --conf (SparkSubmitArguments.loadEnvironmentArguments). */
export const confKeyOfOption: Readonly<Record<string, string>> = {
  "--archives": "spark.archives",
  "--deploy-mode": "spark.submit.deployMode",
  "--driver-class-path": "spark.driver.extraClassPath",
  "--driver-cores": "spark.driver.cores",
  "--driver-java-options": "spark.driver.extraJavaOptions",
  "--driver-library-path": "spark.driver.extraLibraryPath",
  "--driver-memory": "spark.driver.memory",
  "--exclude-packages": "spark.jars.excludes",
  "--executor-cores": "spark.executor.cores",
  "--executor-memory": "spark.executor.memory",
  "--files": "spark.files",
  "--jars": "spark.jars",
  "--keytab": "spark.kerberos.keytab",
  "--master": "spark.master",
  "--name": "spark.app.name",
  "--num-executors": "spark.executor.instances",
  "--packages": "spark.jars.packages",
  "--principal": "spark.kerberos.principal",
  "--py-files": "spark.submit.pyFiles",
  "--queue": "spark.yarn.queue",
  "--remote": "spark.remote",
  "--repositories": "spark.jars.repositories",
  "--total-executor-cores": "spark.cores.max",
};

export const sqlContentKey = "spark.emr.sql.content";
export const sqlShellEntryPoint = "local:///tmp/spark-sql.sh";
export const sqlCliClass = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver";
