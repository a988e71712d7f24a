import * as z from "zod";
import type { Outcome, Responses } from "../../src/gateway/types.ts";
import { dliProcess, type ProcessStep, type ProcessStepId } from "../../src/jobs/dli/process.ts";
import { checklist, countDone, type Finding, type Findings, firstMissing, named } from "../../src/jobs/onboarding.ts";
import { type Language, type Say, sayIn } from "../../src/language.ts";
import { defineTool, type ToolAnswer, type ToolCall } from "../define.ts";

export const getStartedWithDli = defineTool({
  name: "get_started",
  title: "First steps",
  description:
    "Show where this session runs, which steps to a first job are done, and the next one. Call first when unsure.",
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
  async run(_input, call): Promise<ToolAnswer> {
    const { where } = call.gateway;
    const { language } = call.context;
    const say = sayIn(language);
    const { found, unreadable } = await gather(call);
    const steps = checklist(dliProcess, found, language);
    const done = countDone(steps);
    const first = firstMissing(dliProcess, found);
    const next = first ? nextOf(first, language) : unreadable;
    return {
      kind: "reply",
      summary: `${say(`${done} of ${steps.length} steps are done.`, `共 ${steps.length} 步，已完成 ${done} 步。`)}${say(" ", "")}${
        where.environment === "sandbox"
          ? say(
              "This is the sandbox on this machine: real engines, no account, no cost. An account differs in what a person prepares there (access key, agencies, job bucket) and in that pools and jobs cost money.",
              "当前为本机沙箱：真实的引擎，无需账号，没有费用。真实账号还需由人准备访问密钥、委托和作业桶，且资源池和作业会产生费用。",
            )
          : say(
              `This is the account of ${where.identity}: pools and jobs cost money.`,
              `当前为 ${where.identity} 的账号：资源池和作业会产生费用。`,
            )
      }`,
      data: { steps },
      ...(next !== undefined && { next }),
      where,
    };
  },
});

/** Tools that are needed once are not shown to every session. */
function nextOf(step: ProcessStep, language: Language): string {
  if (step.tool === undefined) return step.console?.[language] ?? step.what[language];
  const call = step.tool[language];
  return call.startsWith("call_operation")
    ? call
    : `${call}${sayIn(language)("; call_operation reaches a tool that is not listed.", "；未列出的工具可通过 call_operation 调用。")}`;
}

interface Gathered {
  found: Findings<ProcessStepId>;
  /** What to do where DLI does not answer. */
  unreadable?: string;
}

async function gather({ gateway, context, clock }: ToolCall): Promise<Gathered> {
  const { language } = context;
  const say = sayIn(language);
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
  const { where, credentials } = gateway;
  const seen = seenIn(say);
  const found: Findings<ProcessStepId> = {
    identity: seen(queues, () => {
      const may = say(
        `${where.identity} may use DLI in ${where.regionId}`,
        `${where.identity} 可在 ${where.regionId} 使用 DLI`,
      );
      return credentials === undefined ? may : `${may}${say("; credentials: ", "；凭证来源：")}${credentials}`;
    }),
    agency: agencies
      ? seen(agencies, (answer) => evidenceOfAgencies(answer, language))
      : unknown(say("the account's id could not be read", "无法读取账号 ID")),
    pool: seen(pools, (answer) => evidenceOfPools(answer, language)),
    queue: seen(queues, (answer) => evidenceOfQueues(answer, language)),
    image: unknown(say("images lie in SWR, which nothing here reads", "镜像存放在 SWR，此处无法读取")),
    "job-bucket": evidenceOfJobBucket(sql, say),
    metadata: seen(databases, ({ databases: list = [] }) =>
      named(
        list.map((each) => each.database_name),
        language,
      ),
    ),
    privileges: privileges
      ? seen(privileges, ({ privileges: list = [] }) =>
          named(
            list.map((each) => each.user_name),
            language,
          ),
        )
      : unknown(say("there is no queue yet", "尚无队列")),
    connections: seen(connections, ({ connections: list = [] }) =>
      named(
        list.map((each) => each.name),
        language,
      ),
    ),
    packages: seen(buckets, ({ buckets: list }) => {
      const names = named(
        list.map((each) => each.name),
        language,
      );
      return names && `${say("buckets: ", "桶：")}${names}`;
    }),
    submit: evidenceOfJobs(batches, sql, say),
    metrics: seen(metrics, ({ metrics: list = [] }) =>
      list.length > 0 ? say("there are metrics of SYS.DLI", "已有 SYS.DLI 指标") : undefined,
    ),
    traces: seen(traces, ({ traces: list = [] }) =>
      list[0] ? `${say("the newest: ", "最新：")}${list[0].trace_name ?? say("unnamed", "未命名")}` : undefined,
    ),
  };
  return { found, ...(queues.kind === "refused" && { unreadable: queues.next }) };
}

/** As far back as traces are kept. */
function lastWeek(now: number): { from: number; to: number } {
  return { from: now - 7 * 86_400_000 + 60_000, to: now };
}

function seenIn(say: Say) {
  return <T>(outcome: Outcome<T>, evidence: (value: T) => string | undefined): Finding => {
    if (outcome.kind !== "done") {
      return unknown(outcome.kind === "refused" ? outcome.what : say("it could not be read", "无法读取"));
    }
    const text = evidence(outcome.value);
    return text === undefined
      ? { status: "missing", evidence: say("none found", "未找到") }
      : { status: "done", evidence: text };
  };
}

function unknown(evidence: string): Finding {
  return { status: "unknown", evidence };
}

function evidenceOfAgencies({ agencies = [] }: Responses["ListAgencies"], language: Language): string | undefined {
  const names = agencies.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  // Older accounts have dli_admin_agency (API notes 9).
  const own = names.filter((name) => /^dli_(management|admin)_agency$/.test(name));
  return own.length > 0 ? named([...own, ...names.filter((name) => !own.includes(name))], language) : undefined;
}

function evidenceOfPools(
  { elastic_resource_pools: pools = [] }: Responses["ListElasticResourcePools"],
  language: Language,
): string | undefined {
  const say = sayIn(language);
  const usable = pools.filter(({ status }) => status !== "FAILED");
  return named(
    usable.map(({ elastic_resource_pool_name: name, status }) =>
      say(`${name} is ${status}`, `${name} 状态为 ${status}`),
    ),
    language,
  );
}

function evidenceOfQueues({ queues = [] }: Responses["ListQueues"], language: Language): string | undefined {
  const say = sayIn(language);
  return named(
    queues.map(({ queue_name: name, queue_type: type }) => say(`${name} (${type})`, `${name}（${type}）`)),
    language,
  );
}

/** Results of a SQL job lie in the job bucket, so a path of one shows that there is one. */
function evidenceOfJobBucket(sql: Outcome<Responses["ListSqlJobs"]>, say: Say): Finding {
  const paths = sql.kind === "done" ? (sql.value.jobs ?? []).flatMap(({ result_path }) => result_path || []) : [];
  const bucket = /^(?:obs:\/\/)?([^/]+)\//.exec(paths[0] ?? "")?.[1];
  return bucket === undefined
    ? unknown(
        say("no call tells; no SQL job has left a result in one yet", "没有接口可查，且尚无 SQL 作业在其中留下结果"),
      )
    : { status: "done", evidence: say(`results lie in ${bucket}`, `结果存放在 ${bucket}`) };
}

function evidenceOfJobs(
  batches: Outcome<Responses["ListSparkJobs"]>,
  sql: Outcome<Responses["ListSqlJobs"]>,
  say: Say,
): Finding {
  const batch = batches.kind === "done" ? batches.value.sessions?.[0] : undefined;
  const job = sql.kind === "done" ? sql.value.jobs?.[0] : undefined;
  if (batch) {
    return {
      status: "done",
      evidence: say(`batch ${batch.id} is ${batch.state}`, `批作业 ${batch.id} 状态为 ${batch.state}`),
    };
  }
  if (job) {
    return {
      status: "done",
      evidence: say(`SQL job ${job.job_id} is ${job.status}`, `SQL 作业 ${job.job_id} 状态为 ${job.status}`),
    };
  }
  if (batches.kind !== "done" && sql.kind !== "done") return unknown(say("jobs could not be read", "无法读取作业"));
  return { status: "missing", evidence: say("no job has run yet", "尚未运行过作业") };
}
