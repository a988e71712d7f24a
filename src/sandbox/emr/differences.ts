import type { EmrOperation } from "../../operations/emr/types.gen.ts";

/** How each operation that has a handler differs from the real service; docs/differences.md is made of it. */

/**
 * Where a quirk that is imitated is attested: the public skill, the help centre, the public SDK.
 * `choice`: nothing is public, so something was decided. `limit`: the real service does more.
 */
export type Source = "skill" | "doc" | "sdk" | "choice" | "limit";

export interface Quirk {
  text: string;
  source: Source;
}

export interface Difference {
  /** `shape only`: an answer of the right shape whose content is constant or made up. */
  how: "simulated" | "shape only";
  quirks: readonly Quirk[];
}

const from = (source: Source) => (text: string) => ({ text, source }) as const;
const [skill, doc, sdk] = [from("skill"), from("doc"), from("sdk")];
const [choice, limit] = [from("choice"), from("limit")];
const simulated = (...quirks: Quirk[]) => ({ how: "simulated", quirks }) as const;
const shapeOnly = (...quirks: Quirk[]) => ({ how: "shape only", quirks }) as const;

const textTrue = sdk('`data` is the text `"true"`');
const overWorkspaceCu = skill(
  "more CU than the workspace has left: UnSupportedOperator `workspace rest cpu is not enough`",
);
const capitalRequestId = sdk("the answer spells `RequestId`");
const tokenInClear = sdk("tells the token in clear");
const failsWith200 = sdk("fails with HTTP 200 and `success: false`");
const oneTemplate = limit("one made-up default, which nothing uses");
const noSparkUi = limit("`webUI` leads nowhere");
const stopTaken = choice("taken while it starts, too; a stop that fails leaves it running");
const holdsCu = choice(
  "holds, from start to stop, the CU that its Spark settings declare; while the queue has no room it waits in the starting state and later jobs do not overtake it; what the queue could never hold ends the start at once",
);

export const differences = {
  ListWorkspaces: simulated(
    sdk("the filter `state` in any case"),
    choice("a TERMINATED one is listed only when the filter asks for it"),
    limit("`paymentStatus` is always PAID"),
  ),
  CreateWorkspace: simulated(
    doc("makes root_queue and dev_queue"),
    choice("each has half of the CU"),
    limit("STARTING lasts 2 s instead of minutes"),
    limit("a prepaid workspace needs no order and has no subscription_queue"),
    limit(
      "the bucket must be there; the execution role and the DLF catalog are not looked up, `releaseType` is ignored",
    ),
    limit("GPU sizes and `autoStartSessionCluster`: 501"),
  ),
  UpdateWorkspace: simulated(
    choice("fewer CU than its queues hold: UnSupportedOperator"),
    limit("`ipWhiteList` has no effect; there is no `orderId`"),
    limit("subscription and GPU: 501"),
  ),
  DeleteWorkspace: simulated(
    choice("its queues go at once, what runs in it is stopped"),
    limit("TERMINATING lasts 2 s"),
  ),
  ListWorkspaceQueues: simulated(
    sdk("`minResource`, `maxResource` and `usedResource` are JSON in strings"),
    choice("a queue is always RUNNING"),
  ),
  CreateWorkspaceQueue: simulated(
    overWorkspaceCu,
    choice("serves dev and production"),
    limit("`preheat` has no effect; GPU queues: 501"),
  ),
  EditWorkspaceQueue: simulated(
    overWorkspaceCu,
    skill("less than 5 s after another edit: Error.Internal `fail to update app instance queue`"),
    capitalRequestId,
    limit("GPU sizes: 501"),
  ),
  DeleteWorkspaceQueue: simulated(
    doc("root_queue cannot be deleted"),
    capitalRequestId,
    choice("one with jobs, services or sessions: OperationDenied"),
  ),
  StartJobRun: simulated(
    skill("without a queue: `queueName: null is not valid`, no code; without `codeType`: InternalError"),
    choice(
      "a run that can never fit its queue is accepted and then Failed, because quotas can change while it waits; at most two runs are under way at once, a queue is first come, first served",
    ),
    choice("admission and metering use the driver and the starting executors; dynamic growth is not imitated"),
    limit(
      "Spark runs in local mode with a heap of 1 GiB, and startup.log says so; declared sizes count for the CU quota",
    ),
    limit("`jobId` is ignored; Fusion is refused"),
  ),
  GetJobRun: simulated(
    skill("logs are links while the run is active and places in OSS after its end"),
    choice("a failed run has the code ERR-100000; the message carries the cause"),
    limit("`webUI` and the links lead nowhere"),
  ),
  ListJobRuns: simulated(
    choice("`isWorkflow` goes by the tag `workflow`"),
    choice("`cuHours`, `vcoreSeconds` and `mbSeconds` are the declared sizes times the time that the run took"),
    limit("`jobRunDeploymentId` finds nothing; there is one `creator`"),
    noSparkUi,
  ),
  CancelJobRun: simulated(
    skill("only starts it: Cancelling first, Cancelled when nothing of the run is left"),
    choice("an ended run: OperationDenied; one that finishes while being cancelled is Success"),
  ),
  GetRunConfiguration: simulated(
    choice("`LogLevel` is always INFO; `runtimeConfigs` are the main class and the tags"),
    limit("what the request declared, not what Spark was given on this machine"),
  ),
  ListLogContents: simulated(
    skill("needs `offset` and `length`, works after the run has ended; one that died at once has paths but no files"),
    sdk("`LineContent` holds the line end"),
    choice("at most 10000 lines a call"),
    choice("only logs of the workspace's runs, and those of its Kyuubi services (see StartKyuubiService)"),
  ),
  ListJobExecutors: simulated(
    sdk("spelled `exexutors`"),
    limit("the driver is the only executor of local mode; its tasks, memory and shuffles are not counted"),
  ),
  ListExecutorLogs: simulated(limit("those of the driver, the only executor of local mode")),
  GetCuHours: simulated(
    skill("over one month: refused without a code"),
    sdk("the answer is a Java map's text, not JSON"),
    choice("times are of this machine's time zone"),
    choice("the CU that runs, services and sessions declare, times the time that they took"),
  ),
  ListReleaseVersions: shapeOnly(
    limit(
      "always esr-4.5.0 to 4.7.0, Java Runtime only; StartJobRun takes each of them and runs it by the one Spark 3.5 of this machine",
    ),
    choice("`gmtCreate` is made up"),
  ),
  ListCatalogs: shapeOnly(limit("always `spark_catalog`; Spark is not asked")),
  ListMembers: simulated(choice("the account itself is the Owner from the start")),
  AddMembers: simulated(
    choice("who is a member already stays it, with the roles"),
    limit("only of the sandbox's one account; whether there is such a user is not looked up"),
  ),
  GrantRoleToUsers: simulated(
    choice("there are Owner and DataScience, the roles seen in public material"),
    limit("told by ListMembers; nothing is refused for want of a role"),
  ),
  ListTemplate: shapeOnly(failsWith200, oneTemplate),
  GetTemplate: shapeOnly(failsWith200, oneTemplate),
  CreateKyuubiService: simulated(
    skill("settings as `k=v;k=v`, stored as received"),
    sdk("settings as lines or as a JSON list"),
    limit("of `kyuubi.*` only `kyuubi.session.engine.idle.timeout` has an effect"),
    limit("`computeInstance`, `replica` and `kyuubiReleaseVersion` are stored, and cost and change nothing"),
  ),
  GetKyuubiService: simulated(
    sdk("times are milliseconds in texts"),
    limit(
      "the inner endpoint is the sandbox's own `127.0.0.1:PORT`, the real ones listen on 80 and 443; the public one is the same and told only when it is enabled",
    ),
  ),
  ListKyuubiServices: simulated(
    sdk("times in two forms other than those of GetKyuubiService"),
    limit("the filter `token` is ignored"),
  ),
  UpdateKyuubiService: simulated(
    skill("needs name and queue again; `restart` applies the change at once"),
    choice("without `restart` it counts from the next start"),
    textTrue,
  ),
  StartKyuubiService: simulated(
    textTrue,
    holdsCu,
    choice(
      "a failed start leads back to NOT_STARTED; no answer can say why, so ListLogContents reads `oss://BUCKET/WORKSPACE/kyuubi/logs/SERVICE/service.log`",
    ),
    limit("its Spark starts with the first statement or connection"),
  ),
  StopKyuubiService: simulated(skill("drops every connection"), textTrue, stopTaken),
  DeleteKyuubiService: simulated(
    skill("only in NOT_STARTED (OperationDenied)"),
    textTrue,
    choice("its tokens and its list of applications go with it"),
  ),
  CreateKyuubiToken: simulated(
    doc("exactly 32 lower-case letters or digits, globally unique"),
    choice(
      "`expireDays` from 1 to 3650; an expired token is refused with 401, one of a service that does not run with 503",
    ),
    limit(
      "a token lets in whoever holds it: `memberArns` must be members, and have no other effect, `sparkRole` has none",
    ),
  ),
  GetKyuubiToken: simulated(tokenInClear),
  ListKyuubiToken: simulated(tokenInClear),
  UpdateKyuubiToken: simulated(choice("days of expiry count from the call that says them")),
  DeleteKyuubiToken: simulated(choice("refused with 401 from the next request on")),
  ListKyuubiSparkApplications: simulated(
    sdk("`states` and `latestSqlStatementStatuses` are texts that hold a JSON list"),
    choice("they stay listed until the service is deleted"),
    limit("no `latestSqlStatementStatus` (so that filter finds nothing), no logs and no exit reason"),
    noSparkUi,
  ),
  CancelKyuubiSparkApplication: simulated(
    choice("an ended one: OperationDenied"),
    limit("ends the service's one Spark and its tables; the next statement starts another"),
  ),
  CreateSessionCluster: simulated(
    doc("needs a queue of 3 CU or more; idle auto-stop is on with 45 minutes"),
    limit("`autoStartConfiguration`, `envId` and `publicEndpointEnabled` have no effect; kinds other than SQL: 501"),
  ),
  GetSessionCluster: simulated(
    sdk("states are NotStarted, Starting, Running, ...; the skill has some in lower case"),
    limit("`webUI` leads nowhere; there are no domains and no connection token"),
  ),
  ListSessionClusters: simulated(limit("every session is of the kind SQL")),
  StartSessionCluster: simulated(
    holdsCu,
    choice("a failed start leads to Error, with the cause in `stateChangeReason`"),
    limit("its Spark starts with the first statement"),
  ),
  StopSessionCluster: simulated(choice("statements under way are cancelled"), stopTaken),
  DeleteSessionCluster: simulated(
    skill("only when it is stopped (OperationDenied)"),
    choice("the answer is the request id alone, because its shape is not public"),
  ),
  CreateSqlStatement: simulated(
    skill("a session that is not running: OperationDenied"),
    choice(
      "statements of one session run one after another; a text of several is run part by part, with an output for each",
    ),
    limit("`taskBizId` is ignored"),
  ),
  GetSqlStatement: simulated(
    sdk("`rows` and `schema` are JSON in strings"),
    choice("complex values and NaN come as texts, numbers with all their digits"),
    choice("a failure has the code ERROR-102, the only one public; the message carries error class and SQLSTATE"),
  ),
  TerminateSqlStatement: simulated(choice("leads to `cancelled`; an ended statement: OperationDenied")),
  ListSqlStatementContents: simulated(skill("only after its session has stopped")),
} satisfies Partial<Record<EmrOperation, Difference>>;

/** What has a handler; every other operation is answered with Sandbox.NotSimulated. */
export type SimulatedOperation = keyof typeof differences;

const byName: Readonly<Record<string, Difference>> = differences;

export function differenceOf(operation: string): Difference | undefined {
  return Object.hasOwn(byName, operation) ? byName[operation] : undefined;
}
