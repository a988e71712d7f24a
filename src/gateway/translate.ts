import { maskKnown } from "../clouds/known-secrets.ts";
import type { CloudAnswer } from "../clouds/transport.ts";
import { maskSecrets } from "../jobs/secrets.ts";
import { secretsOfInput } from "./mask.ts";
import { refuse } from "./refuse.ts";
import type { Call, Refused } from "./types.ts";

type Rejected = Extract<CloudAnswer, { kind: "rejected" }>;
type NotSent = Extract<CloudAnswer, { kind: "not-sent" }>;

/** What a service error means and what to do: pattern on code and message -> next step. */
const translations: ReadonlyArray<{ code?: RegExp; message?: RegExp; next: string | ((call: Call) => string) }> = [
  {
    code: /^MissingParameter\.regionId$/,
    next: "Set the region: SPARK_WORKSPACE_REGION or `region` of the profile.",
  },
  {
    code: /^UnSupportedOperator$/,
    message: /rest cpu is not enough/,
    next: "The queues would exceed the workspace's CU. Scale another queue down first, then repeat (list_workspace_queues shows them).",
  },
  {
    code: /^Error\.Internal$/,
    message: /queue/,
    next: "Queue edits were too close together. Wait 10 s, then repeat.",
  },
  {
    code: /^OperationDenied/,
    next: "The target is not in a state that admits this. Read its state, wait for it to settle, then repeat.",
  },
  {
    code: /^(MissingParameter|InvalidParameter)/,
    next: "Correct the argument that the message names, then repeat.",
  },
  { code: /^QuotaExceeded/, next: "The account's quota is used up. A person can raise it in the console." },
  { code: /^(ResourceNotFound|NotFound)/, next: "Check the id with the matching list tool." },
  {
    code: /^(InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken)/,
    next: "The credentials are wrong or disabled. Run `spark-workspace-mcp doctor`.",
  },
  { code: /^InvalidTimeStamp/, next: "This computer's clock is off by more than 15 minutes. Set it, then repeat." },
  { code: /^APIGW?\.0301$/, message: /the clocks differ/, next: "Set this computer's clock, then repeat." },
  {
    code: /^APIGW?\.03\d\d$|^DLI\.001[345]$/,
    next: "The credentials are wrong, disabled or of another project. Run `spark-workspace-mcp doctor`.",
  },
  { code: /^DLI\.000[145]$/, next: "Correct what the message names, then repeat." },
  { code: /^DLI\.(0002|0023|16001)$/, next: "It is not there. Check the name or id with the matching list tool." },
  { code: /^DLI\.0006$/, next: "One of that name is there already. Read it; take it, or choose another name." },
  {
    code: /^DLI\.(0003|0011|0016)$/,
    next: "The caller, or the job's agency, lacks a privilege on what the message names. A person can grant it.",
  },
  { code: /^DLI\.(0009|1028)$/, next: "A limit or quota is used up. A person can raise it in the console." },
  { code: /^DLI\.0012$/, next: "The queue has no room. Wait, or enlarge the queue or its pool." },
  { code: /^DLI\.13024$/, next: "The job has no queue. Give it one, then run it." },
  {
    code: /^$/,
    next: ({ row }) =>
      row.cloud === "dli"
        ? "The service gave no reason. Read the target, and check the IAM permissions."
        : "The service gave no reason. Check the workspace id with list_workspaces, and the RAM permissions.",
  },
];

/** @param minted secret that the request carried beside its input */
export function refuseRejected(call: Call, rejected: Rejected, minted?: string): Refused {
  const answer = withoutSecrets(rejected, [...secretsOfInput(call.row, call.input), minted ?? ""]);
  const cloud = {
    code: answer.code,
    message: answer.message,
    status: answer.status,
    ...(answer.requestId !== undefined && { requestId: answer.requestId }),
  };
  const said = `${answer.code || "no code"}: ${answer.message || "no message"}`;
  if (/^(Forbidden|NoPermission)/.test(answer.code) || (call.where.cloud === "dli" && answer.status === 403)) {
    const action = answer.missingPermission ?? call.row.ramAction;
    return refuse(
      call.where,
      "NOT_AUTHORIZED",
      `${call.row.name} was refused by the cloud: ${call.where.identity} lacks ${action}.`,
      call.where.cloud === "dli"
        ? `An administrator can grant ${action} in IAM; privileges on queues and tables are a second gate.`
        : `An administrator can grant ${action}; workspace membership is a second gate (list_members).`,
      { cloud },
    );
  }
  if (answer.status === 429 || /^Throttling/.test(answer.code)) {
    return refuse(
      call.where,
      "THROTTLED",
      `${call.row.name} did not happen: the cloud still throttles after 5 waits.`,
      "Wait a minute before the next call.",
      { cloud },
    );
  }
  const match = translations.find(
    ({ code, message }) => (code?.test(answer.code) ?? true) && (message?.test(answer.message) ?? true),
  );
  const next = match?.next ?? "Read the message; if it does not help, give the request id to the cloud's support.";
  return refuse(
    call.where,
    "CLOUD_REJECTED",
    `${call.row.name} was refused by the cloud (${said}).`,
    typeof next === "string" ? next : next(call),
    { cloud },
  );
}

/** A complaint about an argument may quote it. */
function withoutSecrets(answer: Rejected, secrets: readonly string[]): Rejected {
  return {
    ...answer,
    code: maskKnown(answer.code, secrets),
    message: maskSecrets(maskKnown(answer.message, secrets)),
  };
}

export function refuseNotSent(call: Call, answer: NotSent): Refused {
  const nothing = `${call.row.name} was not sent: ${answer.message}.`;
  switch (answer.reason) {
    case "no-credentials":
      return refuse(
        call.where,
        "NO_CREDENTIALS",
        nothing,
        call.row.cloud === "kyuubi"
          ? "Make a token with create_kyuubi_token (a person approves it), then run the statement again."
          : call.where.cloud === "dli"
            ? "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `spark-workspace-mcp doctor` shows what was found."
            : "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; `spark-workspace-mcp doctor` shows the chain.",
      );
    case "unreachable":
      return refuse(
        call.where,
        "UNREACHABLE",
        nothing,
        "Check the network and the endpoint; `spark-workspace-mcp doctor` names it.",
      );
    case "guard":
      return refuse(
        call.where,
        "FORBIDDEN_OPERATION",
        nothing,
        "The request as it would stand on the wire matches no admitted operation. Report this with the arguments.",
      );
    case "cancelled":
      return refuse(call.where, "CANCELLED", nothing, "Repeat the call when it is wanted.");
  }
}
