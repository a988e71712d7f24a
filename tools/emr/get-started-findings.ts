import type { Gateway } from "../../src/gateway/gateway.ts";
import type { CallContext, Outcome, Responses } from "../../src/gateway/types.ts";
import { type Finding, type Findings, named } from "../../src/jobs/onboarding.ts";
import type { EmrStepId } from "../../src/jobs/onboarding-emr.ts";
import { cuOfResource } from "../../src/jobs/resources.ts";
import { hasSucceeded } from "../../src/jobs/states.ts";
import type { Say } from "../../src/language.ts";
import { findOperation } from "../../src/operations/registry.ts";

export type Language = CallContext["language"];
type Workspace = NonNullable<Responses["ListWorkspaces"]["workspaces"]>[number];

export interface Reads {
  workspaces: Outcome<Responses["ListWorkspaces"]>;
  buckets: Outcome<Responses["ListBuckets"]>;
  versions: Outcome<Responses["ListReleaseVersions"]>;
  /** The one a first job would go to. */
  usable?: Workspace;
  /** Of that workspace. */
  queues?: Outcome<Responses["ListWorkspaceQueues"]>;
  jobs?: Outcome<Responses["ListJobRuns"]>;
}

export function findingsOf(reads: Reads, gateway: Gateway, say: Say, language: Language): Findings<EmrStepId> {
  return {
    ...findingsOfAccess(reads, gateway, say),
    ...findingsOfRoles(reads, gateway, say),
    bucket: findingOfBucket(reads, gateway.where.regionId, say, language),
    workspace: findingOfWorkspace(reads, say),
    queue: findingOfQueue(reads, say, language),
    engine: seen(reads.versions, say, ({ releaseVersions: list = [] }) => {
      const newest = list[0]?.releaseVersion;
      return newest && say(`${list.length} offered, such as ${newest}`, `可选 ${list.length} 个，例如 ${newest}`);
    }),
    "first-job": findingOfJob(reads, say),
  };
}

function findingsOfAccess(reads: Reads, { where, credentials }: Gateway, say: Say) {
  const outcomes = Object.entries({
    ListWorkspaces: reads.workspaces,
    ListBuckets: reads.buckets,
    ListReleaseVersions: reads.versions,
    ...(reads.queues && { ListWorkspaceQueues: reads.queues }),
    ...(reads.jobs && { ListJobRuns: reads.jobs }),
  });
  const answered = outcomes.filter(([, { kind }]) => kind === "done").map(([operation]) => operation);
  const denied = outcomes.filter(([, outcome]) => isDenied(outcome)).map(([operation]) => operation);
  const isKnown = answered.length + denied.length > 0;
  const origin =
    credentials ?? (where.environment === "sandbox" ? say("made by the sandbox", "由沙箱生成") : where.identity);
  const wrong = outcomes.map(([, outcome]) => outcome).find(isWrongCredential);
  const untried = say("the cloud has not accepted them yet", "云端尚未确认");
  const place = `${where.regionId}, ${where.endpoint}`;
  return {
    credentials: isKnown
      ? done(origin)
      : wrong?.kind === "refused"
        ? missing(wrong.what)
        : unknown(`${origin}; ${untried}`),
    identity: isKnown ? done(where.identity) : unknown(`${where.identity}; ${untried}`),
    region: isKnown || wrong ? done(place) : unknown(`${place}: ${whyNot(reads.workspaces, say)}`),
    permissions:
      denied.length > 0
        ? missing(`${say("refused: ", "被拒绝：")}${denied.map(actionOf).join(", ")}`)
        : answered.length === outcomes.length
          ? done(
              say(
                `${answered.length} of ${outcomes.length} reads were admitted; writes are not tried`,
                `${outcomes.length} 个读取中 ${answered.length} 个被允许；未尝试写入`,
              ),
            )
          : unknown(say("not every read was answered", "部分读取未得到回答")),
  } satisfies Partial<Findings<EmrStepId>>;
}

/** No call shows a role; what needed it shows that it was there. */
function findingsOfRoles(reads: Reads, { where }: Gateway, say: Say) {
  const list = listOf(reads.workspaces);
  const job = reads.jobs?.kind === "done" ? reads.jobs.value.jobRuns?.[0] : undefined;
  if (where.environment === "sandbox") {
    const none = done(say("the sandbox asks for none", "沙箱不需要"));
    return { "service-role": none, "job-role": none };
  }
  return {
    "service-role":
      list.length > 0
        ? done(
            say(
              `${list[0]?.workspaceId} was created, which needs it`,
              `${list[0]?.workspaceId} 已创建，说明该角色已存在`,
            ),
          )
        : unknown(say("no call shows it, and there is no workspace yet", "没有接口可查，且尚无工作空间")),
    "job-role": hasSucceeded(job?.state ?? "")
      ? done(say(`${job?.jobRunId} ran and succeeded, which needs it`, `${job?.jobRunId} 已成功运行，说明该角色可用`))
      : unknown(say("no call shows it, and the newest job does not either", "没有接口可查，最近的作业也无法说明")),
  } satisfies Partial<Findings<EmrStepId>>;
}

function findingOfBucket({ buckets, usable }: Reads, regionId: string, say: Say, language: Language): Finding {
  if (buckets.kind !== "done") {
    const storage = usable?.storage;
    const kept = typeof storage === "string" && storage !== "" ? storage : undefined;
    return kept === undefined
      ? unknown(whyNot(buckets, say))
      : done(say(`the workspace keeps its files in ${kept}`, `工作空间的文件存放在 ${kept}`));
  }
  const all = buckets.value.buckets;
  const here = named(
    all.filter((bucket) => bucket.regionId === regionId).map(({ name }) => name),
    language,
  );
  if (here !== undefined) return done(here);
  return missing(
    all.length === 0
      ? say("there is none", "没有存储桶")
      : say(`there are ${all.length}, none of them in ${regionId}`, `共 ${all.length} 个，均不在 ${regionId}`),
  );
}

function findingOfWorkspace({ workspaces, usable }: Pick<Reads, "workspaces" | "usable">, say: Say): Finding {
  if (workspaces.kind !== "done") return unknown(whyNot(workspaces, say));
  if (usable) {
    return done(
      say(
        `${usable.workspaceId} (${usable.workspaceName}) is ${usable.workspaceStatus}`,
        `${usable.workspaceId}（${usable.workspaceName}）状态为 ${usable.workspaceStatus}`,
      ),
    );
  }
  const [first] = listOf(workspaces);
  if (!first) return missing(say("there is none", "没有工作空间"));
  const state = say(
    `${first.workspaceId} is ${first.workspaceStatus}`,
    `${first.workspaceId} 状态为 ${first.workspaceStatus}`,
  );
  return /^starting$/i.test(first.workspaceStatus ?? "")
    ? missing(state, say("list_workspaces until it is RUNNING", "调用 list_workspaces，直到其变为 RUNNING"))
    : missing(state);
}

function findingOfQueue({ workspaces, usable, queues }: Reads, say: Say, language: Language): Finding {
  if (!queues) {
    // A workspace brings its queues along.
    const finding = withoutWorkspace(workspaces, usable, say);
    return { ...finding, next: findingOfWorkspace({ workspaces }, say).next ?? "create_workspace" };
  }
  return seen(queues, say, ({ queues: list = [] }) =>
    named(
      list.map(({ queueName, maxResource }) => {
        const cu = cuOfResource(maxResource);
        return queueName && (cu === undefined ? queueName : `${queueName} (${cu} CU)`);
      }),
      language,
    ),
  );
}

function findingOfJob({ workspaces, usable, jobs }: Reads, say: Say): Finding {
  if (!jobs) return withoutWorkspace(workspaces, usable, say);
  return seen(jobs, say, ({ jobRuns = [] }) => {
    const [newest] = jobRuns;
    return newest && say(`${newest.jobRunId} is ${newest.state}`, `${newest.jobRunId} 状态为 ${newest.state}`);
  });
}

/** What a workspace brings is missing with it, and comes with it. */
function withoutWorkspace(workspaces: Reads["workspaces"], usable: Workspace | undefined, say: Say): Finding {
  return workspaces.kind === "done" && !usable
    ? missing(say("there is no running workspace yet", "尚无运行中的工作空间"))
    : unknown(whyNot(workspaces, say));
}

function seen<T>(outcome: Outcome<T>, say: Say, evidence: (value: T) => string | undefined): Finding {
  if (outcome.kind !== "done") return unknown(whyNot(outcome, say));
  const text = evidence(outcome.value);
  return text ? done(text) : missing(say("none found", "未找到"));
}

function whyNot(outcome: Outcome<unknown>, say: Say): string {
  return outcome.kind === "refused" ? outcome.what : say("it could not be read", "无法读取");
}

/** OSS says AccessDenied where EMR says Forbidden.RAM or NoPermission. */
function isDenied(outcome: Outcome<unknown>): boolean {
  if (outcome.kind !== "refused") return false;
  return outcome.code === "NOT_AUTHORIZED" || /^AccessDenied/.test(outcome.cloud?.code ?? "");
}

function isWrongCredential(outcome: Outcome<unknown>): boolean {
  if (outcome.kind !== "refused") return false;
  const { code, cloud } = outcome;
  return (
    code === "NO_CREDENTIALS" ||
    code === "IDENTITY_UNKNOWN" ||
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken)/.test(cloud?.code ?? "")
  );
}

function actionOf(operation: string): string {
  return findOperation(operation)?.ramAction ?? operation;
}

function done(evidence: string): Finding {
  return { status: "done", evidence };
}

function missing(evidence: string, next?: string): Finding {
  return { status: "missing", evidence, ...(next !== undefined && { next }) };
}

function unknown(evidence: string): Finding {
  return { status: "unknown", evidence };
}

export function listOf(workspaces: Reads["workspaces"]): readonly Workspace[] {
  return workspaces.kind === "done" ? (workspaces.value.workspaces ?? []) : [];
}
