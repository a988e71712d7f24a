import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import type { Profile } from "../../clouds/profile.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { NotOpened } from "../../gateway/not-opened.ts";
import type { CallContext, Outcome, Where } from "../../gateway/types.ts";
import { readWebhooks } from "../../notify/config.ts";
import { inspectFlink } from "../../sandbox/engines/flink/inspect.ts";
import { inspectEngine } from "../../sandbox/engines/spark/inspect.ts";
import { type FirstSteps, findFirstSteps, linesOfFirstSteps } from "../first-steps.ts";
import { type Folders, foldersOf, ledgerFile } from "../folders.ts";
import { readSettings } from "../settings.ts";
import type { Target } from "../target.ts";
import { hasTeam, readTeam } from "../team-file.ts";
import { openWorkbench, readPolicy, type Workbench } from "../workbench.ts";

interface Finding {
  name: string;
  state: "ok" | "missing" | "note";
  what: string;
  /** One sentence that a person can act on. */
  fix?: string;
}

const leastNode = [22, 18] as const;
/** Both clouds refuse a signature whose time is off by more than 15 minutes (EMR notes section 12, DLI notes section 2). */
const mostClockSkewMs = 15 * 60_000;

interface Examined {
  findings: Finding[];
  firstSteps?: FirstSteps;
}

/**
 * Says what is missing on this machine and how to fix it, and below that how far the way to a first job is done.
 * @returns exit code: 0 when a first job can run, 1 otherwise
 */
export async function runDoctor(options: { json?: boolean }): Promise<number> {
  const { findings, firstSteps } = await examine(process.env);
  const healthy = findings.every(({ state }) => state !== "missing");
  if (options.json) console.log(JSON.stringify({ healthy, findings, ...(firstSteps && { firstSteps }) }, null, 2));
  else for (const line of [...findings.map(lineOf), ...linesOfFirstSteps(firstSteps)]) console.log(line);
  return healthy ? 0 : 1;
}

async function examine(environment: NodeJS.ProcessEnv): Promise<Examined> {
  const folders = foldersOf(environment);
  const settings = await readSettings(environment, folders);
  const cloud: Examined = settings.ok
    ? await examineTarget(settings.target, environment)
    : { findings: [{ name: "settings", state: "missing", what: settings.problem, fix: settings.fix }] };
  const findings = [
    examineNode(),
    examinePolicy(folders.config, settings.ok ? settings.target.profile.cloud : "emr"),
    examineLedger(folders.state, ledgerFile(folders)),
    ...examineTeam(folders),
    ...examineWebhooks(folders.config, environment),
    ...cloud.findings,
  ];
  return { findings, ...(cloud.firstSteps && { firstSteps: cloud.firstSteps }) };
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  const what = `Node ${process.versions.node}`;
  return enough
    ? { name: "node", state: "ok", what }
    : { name: "node", state: "missing", what, fix: `Install Node ${leastNode.join(".")} or newer.` };
}

/** Nothing where there is no team: most people have none. */
function examineTeam(folders: Folders): Finding[] {
  try {
    if (!hasTeam(folders)) return [];
    const state = readTeam(folders);
    if (state.ok) return [{ name: "team", state: "ok", what: `${state.team.people.length} people` }];
    const what = state.problems.slice(0, 3).join("; ");
    return [{ name: "team", state: "missing", what, fix: "Mend the file; until then nobody gets in over HTTP." }];
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return [{ name: "team", state: "missing", what, fix: "Give the file its name." }];
  }
}

function examinePolicy(userFolder: string, cloud: Profile["cloud"]): Finding {
  const loaded = readPolicy(userFolder, cloud);
  return loaded.ok
    ? { name: "policy", state: "ok", what: `${loaded.policy.operations().length} operations have a rule` }
    : {
        name: "policy",
        state: "missing",
        what: loaded.problems.slice(0, 3).join("; "),
        fix: "Mend the file named; if it is one of the package's own, install the package anew.",
      };
}

function examineLedger(folder: string, file: string): Finding {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
    return { name: "ledger", state: "ok", what: file };
  } catch {
    const fix = `Make ${folder} writable, or set SPARK_WORKSPACE_HOME to a folder that is.`;
    return { name: "ledger", state: "missing", what: `${file} cannot be written`, fix };
  }
}

/** They carry no permission, so a file that cannot be used is worth a note: jobs run without. */
function examineWebhooks(folder: string, environment: NodeJS.ProcessEnv): Finding[] {
  const read = readWebhooks({ folder, environment, language: "en" });
  if (read.kind === "none") return [];
  const name = "webhooks";
  if (read.kind === "unusable") {
    const what = `off: ${read.problems.slice(0, 3).join("; ")}`;
    return [{ name, state: "note", what, fix: `Mend ${read.file}, or what it points to; the server needs it too.` }];
  }
  const what = read.webhooks.map((webhook) => `${webhook.name} (${webhook.format})`).join(", ") || "none";
  if (!read.exposed) return [{ name, state: "ok", what }];
  const fix = `Run chmod 600 ${read.file}: it holds addresses, and whoever knows one can write to that chat.`;
  return [{ name, state: "note", what: `${what}; others on this computer can read the file`, fix }];
}

async function examineTarget(target: Target, environment: NodeJS.ProcessEnv): Promise<Examined> {
  const { profile } = target;
  if (target.kind === "sandbox") {
    const names =
      profile.cloud === "dli"
        ? "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK"
        : "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET";
    const of = profile.cloud === "dli" ? " (Huawei Cloud DLI)" : "";
    const findings: Finding[] = [
      {
        name: "cloud",
        state: "note",
        what: `sandbox on this machine${of}: no account is configured`,
        fix: `To use an account, set ${names} and the region.`,
      },
      ...(await inspectEngine(environment)),
      ...(profile.cloud === "dli" ? [inspectFlink(environment)] : []),
    ];
    const { firstSteps } = await examineCall(environment);
    return { findings, ...(firstSteps && { firstSteps }) };
  }
  const chosen = [profile.environment, profile.regionId, profile.endpoint, profile.identity, profile.mode].join(", ");
  const findings: Finding[] = [{ name: "cloud", state: "ok", what: `profile ${profile.name}: ${chosen}` }];
  if (target.kind === "dli") {
    const { origin, hosts } = target.dli;
    findings.push({ name: "credentials", state: "ok", what: origin });
    const [clock, called] = await Promise.all([
      examineClock(`${hosts.dli.protocol}://${hosts.dli.host}/`, "SPARK_WORKSPACE_DLI_ENDPOINT"),
      examineCall(environment, queuesSeen),
    ]);
    return { ...called, findings: [...findings, clock, ...called.findings] };
  }
  if (target.emr.credentials.kind === "chain") {
    findings.push({
      name: "credentials",
      state: "note",
      what: "no AccessKey pair in the environment; the default chain is tried",
      fix: "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.",
    });
  }
  const [clock, called] = await Promise.all([
    examineClock(`${target.emr.protocol}://${target.emr.host}/`, "SPARK_WORKSPACE_EMR_ENDPOINT"),
    examineCall(environment, workspacesSeen),
  ]);
  return { ...called, findings: [...findings, clock, ...called.findings] };
}

/** The endpoint's own clock, from the Date header of any answer. */
async function examineClock(url: string, setting: string): Promise<Finding> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
    const skew = Math.abs(Date.now() - Date.parse(response.headers.get("date") ?? ""));
    if (Number.isNaN(skew)) return { name: "clock", state: "note", what: "the endpoint tells no time" };
    if (skew <= mostClockSkewMs) return { name: "clock", state: "ok", what: `${Math.round(skew / 1_000)} s off` };
    const what = `${Math.round(skew / 60_000)} minutes off`;
    return {
      name: "clock",
      state: "missing",
      what,
      fix: "Set this computer's clock; signatures are refused otherwise.",
    };
  } catch {
    const fix = `Check the network, the region and ${setting}.`;
    return { name: "endpoint", state: "missing", what: `${url} cannot be reached`, fix };
  }
}

type Seen = { kind: "done"; where: Where; what: string } | Exclude<Outcome<unknown>, { kind: "done" }>;
type Look = (gateway: Gateway, context: CallContext) => Promise<Seen>;

const workspacesSeen: Look = async (gateway, context) => {
  const outcome = await gateway.run("ListWorkspaces", { maxResults: 1 }, context);
  if (outcome.kind !== "done") return outcome;
  return { kind: "done", where: outcome.where, what: `${outcome.value.totalCount ?? 0} workspaces` };
};

const queuesSeen: Look = async (gateway, context) => {
  const outcome = await gateway.run("ListQueues", {}, context);
  if (outcome.kind !== "done") return outcome;
  return { kind: "done", where: outcome.where, what: `${outcome.value.queues?.length ?? 0} queues` };
};

/** The calls that every other needs: whose credentials are these, may they list anything, and what is there already? */
async function examineCall(environment: NodeJS.ProcessEnv, look?: Look): Promise<Examined> {
  let workbench: Workbench;
  try {
    workbench = await openWorkbench(environment);
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error;
    return { findings: [{ name: "identity", state: "missing", what: error.problem.en, fix: error.next.en }] };
  }
  try {
    const context: CallContext = {
      signal: AbortSignal.timeout(30_000),
      language: workbench.language,
      requester: "doctor",
      session: { tainted: false },
      approver: { strength: "none" },
    };
    const [outcome, firstSteps] = await Promise.all([
      look?.(workbench.gateway, context),
      findFirstSteps(workbench, context),
    ]);
    return { findings: outcome ? [permissionOf(outcome)] : [], ...(firstSteps && { firstSteps }) };
  } catch (error) {
    // The sandbox may be held by a process that does not answer.
    const what = error instanceof Error ? error.message : String(error);
    return { findings: [{ name: "first steps", state: "note", what: `not looked at: ${what}` }] };
  } finally {
    await workbench.close();
  }
}

function permissionOf(outcome: Seen): Finding {
  if (outcome.kind === "done") {
    return { name: "permission", state: "ok", what: `${outcome.where.identity} sees ${outcome.what}` };
  }
  const problem =
    outcome.kind === "ask" || outcome.kind === "awaiting" ? { what: "waits for an approval", next: "" } : outcome;
  return { name: "permission", state: "missing", what: problem.what, fix: problem.next };
}

function lineOf({ name, state, what, fix }: Finding): string {
  const mark = { ok: "ok     ", missing: "MISSING", note: "note   " }[state];
  return `${mark} ${name}: ${what}${fix && state !== "ok" ? `\n        ${fix}` : ""}`;
}
