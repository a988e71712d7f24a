import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { choice, client, type DliDifference, doc, limit, simulated } from "./quirks.ts";

const noTemplateRun = limit("`modules` has no effect");
const syncCut = doc("a call that takes longer than two minutes is cut; the job goes on");
const bySpark = limit(
  "writes and reads with this machine's Spark; of the result that is kept at most 10000 rows are shown",
);

const defaultQueue = choice("without `queue_name` it runs on the shared queue `default`");

export const jobDifferences = {
  CreateSparkJob: simulated(
    client("both spellings of the body are taken, `class_name` and `className`; `cluster_name` stands for `queue`"),
    doc("sizes A, B, C; a size given one by one reads back as CUSTOMIZED"),
    doc("answered with 200; nothing makes a name unique, and there is no token against doing it twice"),
    choice("a queue is first come, first served; a batch that could not get its CUs for three hours is dead"),
    limit(
      "one batch at a time really runs, in local mode with a heap of 1 GiB; declared sizes count for the queue's CUs",
    ),
    limit("whatever `spark_version`, `feature` and `image` say, it is this machine's Spark 3.5"),
    noTemplateRun,
  ),
  ShowSparkJob: simulated(doc("the last ten lines of the log; `req_body` is JSON in a text, with names of its own")),
  ShowSparkJobStatus: simulated(),
  ListSparkJobs: simulated(doc("the list is called `sessions`")),
  CancelSparkJob: simulated(
    doc("answers `deleted`, ends as dead"),
    choice("an ended one: DLI.0001; one that finishes while being cancelled is success"),
  ),
  ShowSparkJobLog: simulated(
    choice("`index` counts the tries"),
    choice("the same lines lie below `jobs/logs/spark/` of `obs_bucket`, else of `dli-job-bucket`"),
  ),
  CreateSqlJob: simulated(
    doc("DCL is answered with its rows at once, so is DDL with `dli.sql.sqlasync.enabled=false`"),
    syncCut,
    choice("without `queue_name`: DLI.0001"),
    choice("the boundary between DDL and DCL follows samples"),
    limit("jobs of a queue share one Spark and its tables, which end with the sandbox, and run one after another"),
    limit(
      "`dli.*` settings but that one and `dli.sql.job.timeout` have no effect; no HetuEngine, no `current_catalog`",
    ),
  ),
  CheckSql: simulated(choice("Spark's own parser, by EXPLAIN"), syncCut),
  CancelSqlJob: simulated(choice("an ended one: DLI.0001")),
  ListSqlJobs: simulated(doc("`page-size` from 1 to 100")),
  ShowSqlJobStatus: simulated(limit("`result_path` names what the sandbox keeps for itself")),
  ShowSqlJobDetail: simulated(),
  ShowSqlJobProgress: simulated(limit("0 before the end, 1 after it; no `sub_jobs`")),
  PreviewSqlJobResult: simulated(doc("1 to 1000 rows of a QUERY that is FINISHED")),
  ShowSqlJobResultPaged: simulated(bySpark),
  ExportSqlJobResult: simulated(choice("the statement runs again, into the folder"), defaultQueue, bySpark),
  ExportTable: simulated(defaultQueue, bySpark),
  ImportTable: simulated(defaultQueue, bySpark),
} satisfies Partial<Record<keyof DliRequests, DliDifference>>;
