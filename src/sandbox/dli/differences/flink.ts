import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { choice, client, type DliDifference, doc, limit, sdk, shapeOnly, simulated } from "./quirks.ts";

const textTrue = client('`is_success` is the text `"true"`');
const eachAnswer = doc("answers with a list, one entry a job");
const oneFlink = limit("whatever `flink_version`, `image` and `feature` say, it is this machine's Flink");
const sizesCount = limit("declared sizes count for the queue's CUs, not what this machine gives");

export const flinkDifferences = {
  CreateFlinkJarJob: simulated(textTrue, choice("names are unique (DLI.0006)"), oneFlink, sizesCount),
  CreateFlinkSqlJob: simulated(
    textTrue,
    doc("a queue needs `run_mode` exclusive_cluster"),
    doc("edge jobs are refused"),
    oneFlink,
    sizesCount,
  ),
  UpdateFlinkJarJob: simulated(
    textTrue,
    client(
      "while it runs: smn_topic, restart_when_exception, resume_checkpoint, resume_max_num, checkpoint_path, obs_bucket",
    ),
    choice("everything else then: DLI.0007, and nothing is changed"),
  ),
  UpdateFlinkSqlJob: simulated(textTrue, client("while it runs, as UpdateFlinkJarJob")),
  DeleteFlinkJob: simulated(textTrue, choice("in any state; what runs of it ends in the background")),
  BatchRunFlinkJobs: simulated(
    eachAnswer,
    doc("without a queue: DLI.13024"),
    choice("one that runs already, or that has no savepoint to resume from, is refused"),
    limit("each runs in a Flink cluster of its own, three at once; the rest wait in job_submitting"),
    limit("`smn_topic` gets no message"),
  ),
  BatchStopFlinkJobs: simulated(
    eachAnswer,
    choice("one that is being stopped is taken again, an ended one is refused"),
  ),
  BatchDeleteFlinkJobs: simulated(eachAnswer),
  ExecuteFlinkJobSavepoint: simulated(textTrue, choice("only in job_running")),
  ImportFlinkJobSavepoint: simulated(textTrue, choice("only while it is stopped; the folder must hold `_metadata`")),
  ListFlinkJobs: simulated(textTrue, doc("10 unless `limit` says otherwise, 100 at most")),
  ShowFlinkJob: simulated(
    textTrue,
    doc("`checkpoint_mode` is a number when written and a word when read"),
    doc("a missing one: HTTP 400 with DLI.16001"),
  ),
  ShowFlinkJobExecutionGraph: simulated(textTrue, choice("only of a running one"), limit("without its vertices")),
  ShowFlinkMetric: simulated(limit("corrupted records are not counted")),
  ShowFlinkJobApigSinks: shapeOnly(client("always DLI.11098: there is no such sink")),
  CreateFlinkSqlJobGraph: simulated(limit("a simple graph read from the text; Flink is not asked")),
  RegisterBucket: shapeOnly(textTrue, limit("a bucket that is there is all it takes")),
  ExportFlinkJobs: simulated(textTrue, choice("the archive holds one jobs.json; the real form is not public")),
  ImportFlinkJobs: simulated(
    textTrue,
    doc("without `is_cover` a taken name gives `new_job_id` -1; with it the job falls back to a draft"),
    choice("only archives that this sandbox wrote"),
  ),
  CreateFlinkSqlJobTemplate: simulated(sdk("100 templates"), choice("of the published limits the wider ones count")),
  ListFlinkSqlJobTemplates: simulated(),
  UpdateFlinkSqlJobTemplate: simulated(),
  DeleteFlinkSqlJobTemplate: simulated(),
} satisfies Partial<Record<keyof DliRequests, DliDifference>>;
