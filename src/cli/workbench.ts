import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditPort } from "../../tools/define.ts";
import type { ApprovalPage } from "../approval/page.ts";
import { createEmrTransport } from "../clouds/emr/transport.ts";
import { createOssTransport } from "../clouds/storage/oss-transport.ts";
import type { CloudAnswer, CloudTransport } from "../clouds/transport.ts";
import { systemClock } from "../gateway/clock.ts";
import { createGateway, type Gateway } from "../gateway/gateway.ts";
import { placeOf } from "../gateway/place.ts";
import type { ApprovalAddress, Clock } from "../gateway/types.ts";
import { openLedger } from "../ledger/sqlite.ts";
import type { Ledger } from "../ledger/types.ts";
import type { Cloud } from "../operations/types.ts";
import { packageRoot } from "../package-root.ts";
import { policyFileNames } from "../policy/files.ts";
import { type LoadedPolicy, loadPolicy, type PolicyFile } from "../policy/load.ts";
import type { Language } from "../policy/types.ts";
import { createAuditPort } from "./audit-port.ts";
import { type Folders, foldersOf } from "./folders.ts";
import { openSandbox, type SandboxHandle } from "./sandbox-handle.ts";
import { readSettings, type Target } from "./settings.ts";

/** Everything a session works with, wired together. */
export interface Workbench {
  gateway: Gateway;
  audit: AuditPort;
  clock: Clock;
  language: Language;
  target: Target;
  close(): Promise<void>;
}

/** The settings of this process cannot be used; `fix` is one sentence that a person can act on. */
export class BadSettings extends Error {
  readonly fix: string;
  constructor(problem: string, fix: string) {
    super(problem);
    this.name = "BadSettings";
    this.fix = fix;
  }
}

export interface WorkbenchChoice {
  /** Whether people can reach a page of this process to decide on; one that ends at once serves none. */
  approvalPage?: boolean;
}

export async function openWorkbench(
  environment: NodeJS.ProcessEnv,
  { approvalPage = false }: WorkbenchChoice = {},
): Promise<Workbench> {
  const folders = foldersOf(environment);
  const settings = await readSettings(environment, folders);
  if (!settings.ok) throw new BadSettings(settings.problem, settings.fix);
  const { target, language } = settings;
  const sandbox = target.kind === "sandbox" ? openSandbox(folders.sandbox, environment) : undefined;
  const transports = sandbox
    ? sandboxTransports(sandbox)
    : cloudTransports(target as Extract<Target, { kind: "cloud" }>);

  let ledger: Ledger | undefined;
  const openedLedger = () => {
    ledger ??= openLedger(ledgerFile(folders));
    return ledger;
  };
  const approvals = createApprovals({ folders, ledger: openedLedger, language, page: approvalPage });
  let policy: LoadedPolicy | undefined;
  const gateway = createGateway({
    profile: target.profile,
    policy: () => {
      policy ??= readPolicy(folders.config);
      return policy;
    },
    ledger: openedLedger,
    transport: transports,
    outOfBand: approvals.addressOf,
    clock: systemClock,
    newToken: () => randomBytes(16).toString("hex"),
  });
  return {
    gateway,
    audit: createAuditPort(openedLedger, placeOf(gateway.where)),
    clock: systemClock,
    language,
    target,
    async close() {
      await approvals.close();
      await sandbox?.close();
      ledger?.close();
    },
  };
}

export function ledgerFile(folders: Folders): string {
  return join(folders.state, "ledger.db");
}

export function authenticatorFile(folders: Folders): string {
  return join(folders.config, "authenticator.db");
}

interface ApprovalParts {
  folders: Folders;
  ledger: () => Ledger;
  language: Language;
  page: boolean;
}

/** Where a person can decide outside of the client. The page is started by the first plan that needs it. */
function createApprovals({ folders, ledger, language, page }: ApprovalParts) {
  let started: Promise<ApprovalPage | undefined> | undefined;
  const start = async () => {
    const [{ startApprovalPage }, { openAuthenticator }] = await Promise.all([
      import("../approval/page.ts"),
      import("../approval/authenticator.ts"),
    ]);
    const authenticator = openAuthenticator(authenticatorFile(folders));
    return startApprovalPage({ ledger: ledger(), authenticator, clock: systemClock, language });
  };
  return {
    async addressOf(planId: string): Promise<ApprovalAddress> {
      const command = `spark-workspace-mcp approve ${planId}`;
      if (!page) return { command };
      // Without a page there is still the terminal.
      started ??= start().catch(() => undefined);
      const url = (await started)?.url(planId);
      return { command, ...(url !== undefined && { url }) };
    },
    close: async () => (await started)?.close(),
  };
}

/**
 * Reads the shipped policy files, and the user's where a folder is given. One that is damaged leaves no policy, and
 * then nothing is sent.
 */
export function readPolicy(userFolder?: string): LoadedPolicy {
  try {
    const read = (name: string) => ({
      name: `policies/${name}`,
      text: readFileSync(join(packageRoot, "policies", name), "utf8"),
    });
    const environments = readUserFile(userFolder, "environments.yaml");
    const overlay = readUserFile(userFolder, "policy.yaml");
    return loadPolicy({
      rules: policyFileNames.rules.map(read),
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

function cloudTransports(target: Extract<Target, { kind: "cloud" }>): (cloud: Cloud) => Promise<CloudTransport> {
  const emr = createEmrTransport(target.emr);
  const oss = createOssTransport(async () => {
    const { credentials } = target.emr;
    if (credentials.kind !== "pair") {
      throw new Error("storage calls need ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    }
    return {
      regionId: target.profile.regionId,
      ...(target.ossEndpoint !== undefined && { endpoint: target.ossEndpoint }),
      accessKeyId: credentials.accessKeyId,
      accessKeySecret: credentials.accessKeySecret,
      ...(credentials.securityToken !== undefined && { securityToken: credentials.securityToken }),
    };
  });
  return async (cloud) => (cloud === "oss" ? oss : emr);
}

/**
 * Starts or joins the sandbox on the first call. The process that owned it may be gone by the next one, so an
 * unreachable sandbox is looked for, or started, once more.
 */
function sandboxTransports(sandbox: SandboxHandle): (cloud: Cloud) => Promise<CloudTransport> {
  const open = async (cloud: Cloud): Promise<CloudTransport> => {
    const connection = await sandbox.connection();
    const { accessKeyId, accessKeySecret, regionId } = connection;
    if (cloud === "emr") {
      return createEmrTransport({
        host: connection.emrEndpoint,
        protocol: "http",
        credentials: { kind: "pair", accessKeyId, accessKeySecret },
      });
    }
    const endpoint = connection.ossEndpoint;
    return createOssTransport(async () => ({
      regionId,
      accessKeyId,
      accessKeySecret,
      ...(endpoint !== undefined && { endpoint }),
    }));
  };
  const opened = new Map<Cloud, Promise<CloudTransport>>();
  const get = (cloud: Cloud) => {
    const known = opened.get(cloud);
    if (known) return known;
    const fresh = open(cloud);
    opened.set(cloud, fresh);
    fresh.catch(() => opened.delete(cloud));
    return fresh;
  };
  const send = async (
    cloud: Cloud,
    ...[request, options]: Parameters<CloudTransport["send"]>
  ): Promise<CloudAnswer> => {
    try {
      return await (await get(cloud)).send(request, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "not-sent", reason: "unreachable", message: `the sandbox cannot be started: ${reason}` };
    }
  };
  return async (cloud) => ({
    async send(request, options) {
      const answer = await send(cloud, request, options);
      if (answer.kind !== "not-sent" || answer.reason !== "unreachable") return answer;
      opened.clear();
      sandbox.forget();
      return send(cloud, request, options);
    },
  });
}
