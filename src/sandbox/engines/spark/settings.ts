import type { SparkJob } from "../../engine.ts";
import { locate, locateAll } from "./locations.ts";
import { parseSubmitParameters, type Refusal, refused } from "./parameters.ts";

/** Everything spark-submit is told for one job; made without touching the disk. */
export interface Submission {
  /** The whole of spark-defaults for the run. */
  properties: Record<string, string>;
  mainClass?: string;
  /** File to run, or spark-internal where the class is Spark's own. */
  resource: string;
  arguments: string[];
  /** -D options of the person's own. */
  javaOptions: string[];
  extraClassPath: string[];
  /** Interpreter that the person asked for, where it is not the sandbox's. */
  python?: string;
  /** Statement to be written to this run's query file. */
  sql?: { file: string; text: string };
  /** What the person named and what must therefore be there. */
  needed: { asked: string; file: string }[];
  /** Copied into the working folder, as on the driver of a cluster. */
  workingFiles: string[];
  notes: string[];
}

export interface RunFolders {
  work: string;
  temporary: string;
  eventLog: string;
}

export const sqlDriver = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver";
export const heap = "1g";

/** Makes oss://bucket/key and obs://bucket/key work in any Spark that has the sandbox's JAR on its class path. */
export function storageSettings(storageFolder: string): Record<string, string> {
  return {
    "spark.hadoop.fs.oss.impl": "sandbox.OssFolderFileSystem",
    "spark.hadoop.fs.obs.impl": "sandbox.ObsFolderFileSystem",
    "spark.hadoop.sandbox.storage.folder": storageFolder,
  };
}

/** Settings a laptop needs and a person may change. */
function defaults(cores: number, folders: RunFolders): Record<string, string> {
  return {
    "spark.sql.shuffle.partitions": String(cores * 2),
    "spark.default.parallelism": String(cores),
    "spark.sql.warehouse.dir": `file://${folders.temporary}/warehouse`,
  };
}

/** Settings that make the job run here, whatever the person asked for. */
function forced(
  options: { cores: number; applicationId: string; storageFolder: string },
  folders: RunFolders,
): Record<string, string> {
  return {
    "spark.master": `local[${options.cores},sandbox]`,
    "spark.sandbox.application.id": options.applicationId,
    "spark.submit.deployMode": "client",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.port": "0",
    "spark.blockManager.port": "0",
    "spark.driver.blockManager.port": "0",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.local.dir": folders.temporary,
    "spark.shuffle.service.enabled": "false",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.dir": `file://${folders.eventLog}`,
    "spark.eventLog.overwrite": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
    // A Derby metastore costs ten seconds and serves one driver at a time.
    "spark.sql.catalogImplementation": "in-memory",
    ...storageSettings(options.storageFolder),
  };
}

const fileLists = ["spark.jars", "spark.files", "spark.submit.pyFiles", "spark.archives"] as const;

export function renderSubmission(
  job: SparkJob,
  options: { cores: number; applicationId: string; storageFolder: string },
  folders: RunFolders,
): Submission | Refusal {
  const parameters = parseSubmitParameters(job);
  if ("kind" in parameters) return parameters;
  const { settings } = parameters;
  const notes = [...parameters.notes];
  const needed: Submission["needed"] = [];
  const properties = defaults(options.cores, folders);
  properties["spark.app.name"] = job.name;
  for (const [key, value] of Object.entries(settings)) {
    if (key.startsWith("spark.")) properties[key] = value;
    else notes.push(`${key} is not a setting of Spark and is left out`);
  }

  let workingFiles: string[] = [];
  for (const key of fileLists) {
    const list = properties[key];
    if (list === undefined) continue;
    const located = locateAll(options.storageFolder, list);
    if ("kind" in located) return located;
    properties[key] = located.value;
    needed.push(...located.files.map((file) => ({ asked: key, file })));
    if (key === "spark.files") workingFiles = located.files;
  }
  const classPath = takeClassPath(properties, options.storageFolder);
  if ("kind" in classPath) return classPath;
  const program = chooseProgram(job, parameters, options.storageFolder, folders);
  if ("kind" in program) return program;

  for (const [key, value] of Object.entries(forced(options, folders))) {
    if (settings[key] !== undefined && settings[key] !== value)
      notes.push(`${key}=${settings[key]} has no effect, here it is ${value}`);
    properties[key] = value;
  }
  const tooWide = Number(properties["spark.task.cpus"] ?? 1) > options.cores;
  if (tooWide) {
    notes.push(`spark.task.cpus=${properties["spark.task.cpus"]} is more than this machine's ${options.cores}`);
    properties["spark.task.cpus"] = String(options.cores);
  }
  for (const key of ["spark.driver.memory", "spark.executor.memory"]) {
    if (settings[key] !== undefined)
      notes.push(`${key}=${settings[key]} counts for the quota; the real heap is ${heap}`);
  }
  const python = properties["spark.pyspark.driver.python"] ?? properties["spark.pyspark.python"];
  delete properties["spark.pyspark.driver.python"];
  return {
    properties,
    ...program,
    ...(python !== undefined && { python }),
    javaOptions: takeJavaOptions(properties, notes),
    extraClassPath: classPath.files,
    needed: [...needed, ...program.needed],
    workingFiles,
    notes,
  };
}

type Program = Pick<Submission, "resource" | "arguments" | "needed"> & Partial<Pick<Submission, "mainClass" | "sql">>;

function chooseProgram(
  job: SparkJob,
  parameters: { mainClass?: string; sql?: string },
  storageFolder: string,
  folders: RunFolders,
): Program | Refusal {
  const isSqlFile = job.codeType === "SQL" && parameters.sql === undefined;
  if (job.codeType === "SQL" && parameters.sql !== undefined) {
    const file = `${folders.work}/query.sql`;
    return {
      mainClass: sqlDriver,
      resource: "spark-internal",
      arguments: ["-f", file],
      sql: { file, text: parameters.sql },
      needed: [],
    };
  }
  if (isSqlFile || parameters.mainClass === sqlDriver) {
    const given = job.entryPointArguments.length > 0 ? job.entryPointArguments : ["-f", job.entryPoint];
    const needed: Submission["needed"] = [];
    const args: string[] = [];
    for (const [i, argument] of given.entries()) {
      const namesFile = ["-f", "-i"].includes(given[i - 1] ?? "");
      const file = namesFile ? locate(storageFolder, argument) : argument;
      if (typeof file !== "string") return file;
      if (namesFile) needed.push({ asked: argument, file });
      args.push(file);
    }
    return { mainClass: sqlDriver, resource: "spark-internal", arguments: args, needed };
  }
  const file = locate(storageFolder, job.entryPoint);
  if (typeof file !== "string") return file;
  if (job.codeType === "PYTHON" && !file.endsWith(".py")) {
    return refused(`the entry point of a PYTHON job is a .py file, not ${job.entryPoint}`);
  }
  return {
    ...(job.codeType === "JAR" && parameters.mainClass !== undefined && { mainClass: parameters.mainClass }),
    resource: file,
    arguments: [...job.entryPointArguments],
    needed: [{ asked: job.entryPoint, file }],
  };
}

/** The launcher script would put these on the class path; there is none here. */
function takeClassPath(properties: Record<string, string>, storageFolder: string): { files: string[] } | Refusal {
  const list = properties["spark.driver.extraClassPath"];
  delete properties["spark.driver.extraClassPath"];
  if (list === undefined) return { files: [] };
  // Entries are separated by colons, and oss://, obs:// and file:// hold one.
  return locateAll(storageFolder, list.replaceAll(/:(?!\/\/)/g, ",").replaceAll(/(^|,)\//g, "$1local:///"));
}

function takeJavaOptions(properties: Record<string, string>, notes: string[]): string[] {
  const given = properties["spark.driver.extraJavaOptions"] ?? "";
  delete properties["spark.driver.extraJavaOptions"];
  const words = given.split(/\s+/).filter((word) => word !== "");
  const other = words.filter((word) => !word.startsWith("-D"));
  if (other.length > 0) notes.push(`Java options other than -D have no effect: ${other.join(" ")}`);
  return words.filter((word) => word.startsWith("-D"));
}
