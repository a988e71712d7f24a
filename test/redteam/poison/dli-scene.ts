import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import { dliTools } from "../../../tools/dli/index.ts";
import { listenAsCloud } from "../../doubles/listening-cloud.ts";
import { dli } from "../matrix/cloud-under-attack.ts";
import { openSession, type Session, type SessionChoice } from "./session.ts";

/** A DLI that gives a text back wherever somebody else's text may stand, and counts what reaches it. */
export interface DliScene {
  /** What it says from now on. */
  say(text: string): void;
  session(choice: SessionChoice): Promise<Session>;
  count(operation: string): number;
  close(): Promise<void>;
}

export const runningJob = "148";
export const brokenJob = "138";
const ended = "0";
/** An id of its own for each, so that nobody has been asked about it before. */
export const batchNumbered = (number: number) => `5b1f0c52-7a3d-4c0e-9d55-${String(number).padStart(12, "0")}`;
export const endedBatch = batchNumbered(0);
export const readableSql = batchNumbered(1);
export const failedSql = batchNumbered(2);

export async function openDliScene(): Promise<DliScene> {
  const folder = mkdtempSync(join(tmpdir(), "poison-"));
  const ledger = openLedger(join(folder, "ledger.db"));
  const counts = new Map<string, number>();
  const cancelled = new Set<string>();
  let text = "";
  const cloud = await listenAsCloud((request) => {
    const [path = ""] = (request.url ?? "").split("?");
    if (path === "/") return { body: oneBucket, headers: { "content-type": "application/xml" } };
    const operation = dli.operationOf(request.method ?? "", path) ?? "unknown";
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    const id = path.split("/")[4] ?? "";
    if (operation === "CancelSparkJob") cancelled.add(id);
    return { body: answerTo(operation, path, text, cancelled.has(id)) };
  });
  const policy = dli.policy();
  // How often one may ask is another test's.
  const plan = { ...policy.limits.plan, maxAsksPerHour: 100_000 };
  const patient = { ok: true, policy: { ...policy, limits: { ...policy.limits, plan } } } as const;
  return {
    say(said) {
      text = said;
    },
    session: (choice) =>
      openSession(
        {
          tools: dliTools,
          profile: { name: "test", cloud: "dli", endpoint: cloud.host, ...dli.place },
          policy: patient,
          ledger,
          transport: dli.transports(cloud.host),
        },
        choice,
      ),
    count: (operation) => counts.get(operation) ?? 0,
    async close() {
      ledger.close();
      await cloud.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** OBS's own list. A bucket's name cannot hold a sentence. */
const oneBucket = `<ListAllMyBucketsResult><Buckets><Bucket><Name>jobs</Name><Location>cn-north-4</Location>
<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>`;

function answerTo(operation: string, path: string, text: string, isCancelled: boolean): unknown {
  const id = decodeURIComponent(path.split("/")[4] ?? "");
  const lines = text.split("\n").map((line) => `${line}\n`);
  const isEnded = isCancelled || path.includes(endedBatch);
  const batch = { id, name: text, queue: "general_q1", sc_type: "A", state: isEnded ? "dead" : "running" };
  const isBroken = path.endsWith(`/${brokenJob}`);
  const job = {
    job_id: Number(path.split("/").at(-1)),
    name: text,
    status: isBroken ? "job_running_exception" : "job_running",
    job_type: "flink_jar_job",
    queue_name: "general_q1",
    has_savepoint: false,
    job_config: { cu_number: 2, manager_cu_number: 1, parallel_number: 1, tm_cus: 1 },
    ...(isBroken && { status_desc: text, desc: text, sql_body: text }),
  };
  const trace = { time: 1_747_169_165_821, trace_name: "createQueue", user: { name: text }, resource_name: text };
  switch (operation) {
    case "ShowSparkJob":
      return { ...batch, log: isEnded ? lines : [] };
    case "ShowSparkJobStatus":
      return { id, state: batch.state };
    case "ShowSparkJobLog":
      return { from: 0, total: lines.length, log: lines };
    case "ListSparkJobs":
      return { from: 0, total: 1, sessions: [{ ...batch, id: endedBatch }] };
    case "CancelSparkJob":
      return { msg: "deleted" };
    case "ShowSqlJobStatus": {
      const isReadable = path.includes(readableSql);
      const [status, message] = isReadable ? ["FINISHED", ""] : ["FAILED", text];
      return { is_success: true, job_id: readableSql, job_type: "QUERY", status, message, result_count: 1 };
    }
    case "PreviewSqlJobResult":
      return { is_success: true, job_id: readableSql, row_count: 1, schema: [{ said: "string" }], rows: [[text]] };
    case "ListSqlJobs":
      return { is_success: true, job_count: 1, jobs: [{ job_id: failedSql, status: "FAILED", statement: text }] };
    case "ShowFlinkJob":
      return { is_success: "true", job_detail: job };
    case "ListFlinkJobs":
      return { is_success: "true", job_list: { total_count: 1, jobs: [{ ...job, job_id: Number(runningJob) }] } };
    case "ListTraces":
      return { traces: [trace], meta_data: { count: 1 } };
    case "ListEnhancedConnections":
      return { is_success: true, count: 1, connections: [{ id: ended, name: text, status: "ACTIVE", hosts: [] }] };
    case "ListJobAuthInfos":
      return { is_success: true, count: 1, auth_infos: [{ auth_info_name: text, user_name: text, owner: text }] };
    default:
      return { is_success: true };
  }
}
