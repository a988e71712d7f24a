import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditPort, Directory, Tool } from "../../tools/define.ts";
import type { Profile } from "../clouds/profile.ts";
import { systemClock } from "../gateway/clock.ts";
import { createGateway, type Gateway } from "../gateway/gateway.ts";
import { NotOpened } from "../gateway/not-opened.ts";
import { placeOf } from "../gateway/place.ts";
import type { Clock } from "../gateway/types.ts";
import type { Language } from "../language.ts";
import { createSecretMint, newestSecret } from "../ledger/secret-files.ts";
import { openLedger } from "../ledger/sqlite.ts";
import type { Ledger } from "../ledger/types.ts";
import type { Notifier } from "../notify/notifier.ts";
import { packageRoot } from "../package-root.ts";
import { policyFileNames } from "../policy/files.ts";
import { type LoadedPolicy, loadPolicy, type PolicyFile } from "../policy/load.ts";
import { createDirectory } from "../server/directory.ts";
import { createApprovals, type TeamChoice } from "./approval-addresses.ts";
import { createAuditPort } from "./audit-port.ts";
import { identified } from "./caller.ts";
import { foldersOf, ledgerFile } from "./folders.ts";
import { openSandbox } from "./sandbox-handle.ts";
import { readSettings } from "./settings.ts";
import type { Target } from "./target.ts";
import { openTransports } from "./transports.ts";

/** Everything a session works with, wired together. */
export interface Workbench {
  gateway: Gateway;
  audit: AuditPort;
  directory: Directory;
  /** Of all that can be called by name. */
  toolNames: readonly string[];
  clock: Clock;
  language: Language;
  target: Target;
  close(): Promise<void>;
}

export interface WorkbenchChoice {
  /** Whether people can reach a page of this process to decide on; one that ends at once serves none. */
  approvalPage?: boolean;
  team?: TeamChoice;
  /** Gets what goes wrong beside the calls, such as a message that was not delivered. Default: stderr. */
  warn?: (message: string) => void;
}

export async function openWorkbench(
  environment: NodeJS.ProcessEnv,
  { approvalPage = false, team, warn = console.error }: WorkbenchChoice = {},
): Promise<Workbench> {
  const folders = foldersOf(environment);
  const settings = await readSettings(environment, folders);
  if (!settings.ok) {
    const { problem, fix } = settings;
    throw new NotOpened(
      "BAD_SETTINGS",
      { en: problem, zh: `设置不可用（${problem}）` },
      { en: fix, zh: `请修正设置：${fix}` },
    );
  }
  const { language } = settings;
  const policy = readPolicy(folders.config, settings.target.profile.cloud);
  // Under a policy that cannot be read nothing leaves this machine, that question included.
  const target = policy.ok ? await identified(settings.target) : settings.target;
  const sandbox = target.kind === "sandbox" ? openSandbox(folders.sandbox, environment) : undefined;
  const secrets = join(folders.state, "secrets");
  const transports = openTransports(target, sandbox, (serviceId) => newestSecret(secrets, serviceId));

  let ledger: Ledger | undefined;
  const openedLedger = () => {
    ledger ??= openLedger(ledgerFile(folders));
    return ledger;
  };
  const approvals = createApprovals({ folders, ledger: openedLedger, language, page: approvalPage, team });
  let notifier: Notifier | undefined;
  const gateway = createGateway({
    profile: target.profile,
    policy: () => policy,
    ledger: openedLedger,
    transport: transports.of,
    classifySql: async (sql) => (await import("../jobs/sql/classify.ts")).classifySql(sql),
    outOfBand: async (planId) => {
      const how = await approvals.addressOf(planId);
      notifier?.approvalNeeded(planId, how);
      return how;
    },
    ...(team && { fourEyes: team.fourEyes }),
    clock: systemClock,
    mintSecret: createSecretMint(secrets),
    newToken: () => randomBytes(16).toString("hex"),
  });
  if (["webhooks.yaml", "webhooks.yml"].some((name) => isThere(join(folders.config, name)))) {
    const { openNotifier } = await import("../notify/open.ts");
    notifier = openNotifier({
      folder: folders.config,
      environment,
      language,
      gateway,
      ledger: openedLedger,
      clock: systemClock,
      reportedFile: join(folders.state, "reported-jobs.db"),
      warn,
    });
  }
  const tools = await toolsOf(target.profile.cloud);
  return {
    gateway: notifier?.gateway ?? gateway,
    directory: createDirectory(tools, target.profile.cloud),
    toolNames: tools.map(({ name }) => name),
    audit: createAuditPort(openedLedger, placeOf(gateway.where)),
    clock: systemClock,
    language,
    target,
    async close() {
      // Whoever waits for the end of this process waits for the slowest of them, and no longer.
      await Promise.all([notifier?.close(), approvals.close(), transports.close()]);
      await sandbox?.close();
      ledger?.close();
    },
  };
}

async function toolsOf(cloud: Profile["cloud"]): Promise<readonly Tool[]> {
  return cloud === "dli"
    ? (await import("../../tools/dli/index.ts")).dliTools
    : (await import("../../tools/index.ts")).tools;
}

/**
 * Reads the shipped policy files of one cloud, and the user's where a folder is given. One that is damaged leaves no policy, and
 * then nothing is sent.
 */
export function readPolicy(userFolder?: string, cloud: Profile["cloud"] = "emr"): LoadedPolicy {
  try {
    const read = (name: string) => ({
      name: `policies/${name}`,
      text: readFileSync(join(packageRoot, "policies", name), "utf8"),
    });
    const environments = readUserFile(userFolder, "environments.yaml");
    const overlay = readUserFile(userFolder, "policy.yaml");
    return loadPolicy({
      rules: policyFileNames[cloud].map(read),
      limits: read(policyFileNames.limits),
      ...(environments && { environments }),
      ...(overlay && { overlay }),
    });
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** A file that is there and cannot be read is an error: what it would have guarded is not known. */
function readUserFile(folder: string | undefined, name: string): PolicyFile | undefined {
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  const misnamed = path.replace(/\.yaml$/, ".yml");
  if (isThere(misnamed)) throw new Error(`${misnamed} is not read; name it ${name}`);
  return isThere(path) ? { name: path, text: readFileSync(path, "utf8") } : undefined;
}

/** A link to nothing is there too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
