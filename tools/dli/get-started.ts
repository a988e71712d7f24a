import * as z from "zod";
import type { CallContext, Outcome, Responses } from "../../src/gateway/types.ts";
import { dliProcess, type ProcessStep, type ProcessStepId } from "../../src/jobs/dli/process.ts";
import { defineTool, type ToolCall, type ToolResult } from "../define.ts";

interface Evidence {
  status: "done" | "missing" | "unknown";
  evidence: string;
}

export const getStartedWithDli = defineTool({
  name: "get_started",
  title: "First steps",
  description:
    "Where this session runs, which steps to a first job are done, and the next one. Call first when unsure.",
  toolset: "core",
  operations: [
    "ListQueues",
    "KeystoneListProjects",
    "ListAgencies",
    "ListElasticResourcePools",
    "ListSqlJobs",
    "ListDatabases",
    "ListAuthorizationPrivileges",
    "ListEnhancedConnections",
    "ObsListBuckets",
    "ListSparkJobs",
    "ListMetrics",
    "ListTraces",
  ],
  input: z.strictObject({}),
  async run(_input, call): Promise<ToolResult> {
    const { where } = call.gateway;
    const { language } = call.context;
    const found = await gather(call);
    const steps = dliProcess.map((step) => {
      const { status, evidence } = found[step.id];
      const todo = status === "done" ? undefined : (step.tool ?? step.console?.[language]);
      return {
        step: step.title[language],
        status,
        evidence,
        ...(step.optional && { optional: true }),
        ...(todo !== undefined && { next: todo }),
        ...(status !== "done" && step.tool !== undefined && step.console && { console: step.console[language] }),
      };
    });
    const first = firstOpen(found);
    return {
      kind: "reply",
      summary: `${steps.filter(({ status }) => status === "done").length} of ${steps.length} steps are done. ${
        where.environment === "sandbox"
          ? "This is the sandbox on this machine: real engines, no account, no cost."
          : `This is the account of ${where.identity}: pools and jobs cost money.`
      }`,
      data: { steps },
      ...(first && { next: nextOf(first, language) }),
      where,
    };
  },
});

type Found = Readonly<Record<ProcessStepId, Evidence>>;

/** Tools that are needed once are not shown to every session. */
function nextOf(step: ProcessStep, language: CallContext["language"]): string {
  if (step.tool === undefined) return step.console?.[language] ?? step.what[language];
  return step.tool.startsWith("call_operation")
    ? step.tool
    : `${step.tool}; call_operation reaches a tool that is not listed.`;
}

/** The first step that a first job cannot do without. */
function firstOpen(found: Found): ProcessStep | undefined {
  return dliProcess.find(({ id, optional }) => optional === undefined && found[id].status === "missing");
}

async function gather({ gateway, context, clock }: ToolCall): Promise<Found> {
  const [queues, projects, pools, sql, databases, connections, buckets, batches, metrics, traces] = await Promise.all([
    gateway.run("ListQueues", { queue_type: "all" }, context),
    gateway.run("KeystoneListProjects", { name: gateway.where.regionId }, context),
    gateway.run("ListElasticResourcePools", { limit: 100 }, context),
    gateway.run("ListSqlJobs", { "page-size": 10 }, context),
    gateway.run("ListDatabases", {}, context),
    gateway.run("ListEnhancedConnections", { limit: 100 }, context),
    gateway.run("ObsListBuckets", {}, context),
    gateway.run("ListSparkJobs", { size: 1, order: "CREATE_TIME_DESC" }, context),
    gateway.run("ListMetrics", { namespace: "SYS.DLI", limit: 1 }, context),
    gateway.run(
      "ListTraces",
      { trace_type: "system", service_type: "DLI", limit: 1, ...lastWeek(clock.now()) },
      context,
    ),
  ]);
  const domainId = projects.kind === "done" ? projects.value.projects?.[0]?.domain_id : undefined;
  const queue = queues.kind === "done" ? queues.value.queues?.[0]?.queue_name : undefined;
  const [agencies, privileges] = await Promise.all([
    domainId === undefined ? undefined : gateway.run("ListAgencies", { domain_id: domainId }, context),
    queue === undefined
      ? undefined
      : gateway.run("ListAuthorizationPrivileges", { object: `queues.${queue}` }, context),
  ]);
  return {
    identity: seen(queues, () => `${gateway.where.identity} may use DLI in ${gateway.where.regionId}`),
    agency: agencies ? seen(agencies, evidenceOfAgencies) : unknown("the account's id could not be read"),
    pool: seen(pools, evidenceOfPools),
    queue: seen(queues, evidenceOfQueues),
    image: unknown("images lie in SWR, which nothing here reads"),
    "job-bucket": evidenceOfJobBucket(sql),
    metadata: seen(databases, ({ databases: list = [] }) => named(list.map((each) => each.database_name))),
    privileges: privileges
      ? seen(privileges, ({ privileges: list = [] }) => named(list.map((each) => each.user_name)))
      : unknown("there is no queue yet"),
    connections: seen(connections, ({ connections: list = [] }) => named(list.map((each) => each.name))),
    packages: seen(buckets, ({ buckets: list }) => {
      const names = named(list.map((each) => each.name));
      return names && `buckets: ${names}`;
    }),
    submit: evidenceOfJobs(batches, sql),
    metrics: seen(metrics, ({ metrics: list = [] }) => (list.length > 0 ? "there are metrics of SYS.DLI" : undefined)),
    traces: seen(traces, ({ traces: list = [] }) =>
      list[0] ? `the newest: ${list[0].trace_name ?? "unnamed"}` : undefined,
    ),
  };
}

/** As far back as traces are kept. */
function lastWeek(now: number): { from: number; to: number } {
  return { from: now - 7 * 86_400_000 + 60_000, to: now };
}

function seen<T>(outcome: Outcome<T>, evidence: (value: T) => string | undefined): Evidence {
  if (outcome.kind !== "done") return unknown(outcome.kind === "refused" ? outcome.what : "it could not be read");
  const text = evidence(outcome.value);
  return text === undefined ? { status: "missing", evidence: "none found" } : { status: "done", evidence: text };
}

function unknown(evidence: string): Evidence {
  return { status: "unknown", evidence };
}

const mostNamed = 5;

/** Names in a row; undefined when there is none. */
function named(names: ReadonlyArray<string | undefined>): string | undefined {
  const known = names.flatMap((name) => name ?? []);
  if (known.length === 0) return undefined;
  const more = known.length - mostNamed;
  return `${known.slice(0, mostNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function evidenceOfAgencies({ agencies = [] }: Responses["ListAgencies"]): string | undefined {
  const names = agencies.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  // Older accounts have dli_admin_agency (API notes 9).
  const own = names.filter((name) => /^dli_(management|admin)_agency$/.test(name));
  return own.length > 0 ? named([...own, ...names.filter((name) => !own.includes(name))]) : undefined;
}

function evidenceOfPools({ elastic_resource_pools: pools = [] }: Responses["ListElasticResourcePools"]) {
  const usable = pools.filter(({ status }) => status !== "FAILED");
  return named(usable.map((pool) => `${pool.elastic_resource_pool_name} is ${pool.status}`));
}

function evidenceOfQueues({ queues = [] }: Responses["ListQueues"]): string | undefined {
  return named(queues.map((queue) => `${queue.queue_name} (${queue.queue_type})`));
}

/** Results of a SQL job lie in the job bucket, so a path of one shows that there is one. */
function evidenceOfJobBucket(sql: Outcome<Responses["ListSqlJobs"]>): Evidence {
  const paths = sql.kind === "done" ? (sql.value.jobs ?? []).flatMap(({ result_path }) => result_path || []) : [];
  const bucket = /^(?:obs:\/\/)?([^/]+)\//.exec(paths[0] ?? "")?.[1];
  return bucket === undefined
    ? unknown("no call tells; no SQL job has left a result in one yet")
    : { status: "done", evidence: `results lie in ${bucket}` };
}

function evidenceOfJobs(
  batches: Outcome<Responses["ListSparkJobs"]>,
  sql: Outcome<Responses["ListSqlJobs"]>,
): Evidence {
  const batch = batches.kind === "done" ? batches.value.sessions?.[0] : undefined;
  const job = sql.kind === "done" ? sql.value.jobs?.[0] : undefined;
  if (batch) return { status: "done", evidence: `batch ${batch.id} is ${batch.state}` };
  if (job) return { status: "done", evidence: `SQL job ${job.job_id} is ${job.status}` };
  if (batches.kind !== "done" && sql.kind !== "done") return unknown("jobs could not be read");
  return { status: "missing", evidence: "no job has run yet" };
}
