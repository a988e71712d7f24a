import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AlibabaConnection, publicHost, stsHost } from "../clouds/alibaba/connection.ts";
import type { Profile } from "../clouds/profile.ts";
import { grammars } from "../operations/grammar.ts";
import type { Language } from "../policy/types.ts";
import type { Folders } from "./folders.ts";

/** Which cloud this process speaks to. `sandbox` unless a person configured an account. */
export type Target =
  | { kind: "sandbox"; profile: Profile }
  | { kind: "cloud"; profile: Profile; emr: AlibabaConnection; sts: AlibabaConnection; ossEndpoint?: string };

export type SettingsResult =
  | { ok: true; target: Target; language: Language }
  | { ok: false; problem: string; fix: string };

/** A profile as config.yaml holds it; secrets never stand there. */
interface FileProfile {
  cloud?: unknown;
  region?: unknown;
  mode?: unknown;
  workspaces?: unknown;
  endpoint?: unknown;
  ossEndpoint?: unknown;
  stsEndpoint?: unknown;
  language?: unknown;
}

/**
 * Order: the profile of config.yaml named by SPARK_WORKSPACE_PROFILE (or `profile:`), else the environment's
 * AccessKey pair or endpoint, else the sandbox. A credential that merely lies about on the machine, such as the
 * aliyun CLI's, is used only when a profile says so.
 */
export async function readSettings(environment: NodeJS.ProcessEnv, folders: Folders): Promise<SettingsResult> {
  const file = environment.SPARK_WORKSPACE_CONFIG || join(folders.config, "config.yaml");
  const language: Language = environment.SPARK_WORKSPACE_LANGUAGE === "zh" ? "zh" : "en";
  const wanted = environment.SPARK_WORKSPACE_PROFILE;
  if (existsSync(file)) {
    const read = await readProfile(file, wanted);
    if (!read.ok) return read;
    if (read.profile) return fromProfile(read.name, read.profile, environment, language, file);
  } else if (wanted && wanted !== "sandbox") {
    return { ok: false, problem: `there is no profile ${wanted}: ${file} does not exist`, fix: `Write ${file}.` };
  }
  if (wanted === "sandbox") return { ok: true, target: sandboxTarget(), language };
  if (environment.ALIBABA_CLOUD_ACCESS_KEY_ID || environment.SPARK_WORKSPACE_EMR_ENDPOINT) {
    return fromProfile("environment", {}, environment, language, "the environment");
  }
  return { ok: true, target: sandboxTarget(), language };
}

export function sandboxTarget(): Target {
  return {
    kind: "sandbox",
    profile: {
      name: "sandbox",
      environment: "sandbox",
      regionId: "cn-hangzhou",
      endpoint: "this machine",
      mode: "full",
      identity: "sandbox",
    },
  };
}

async function readProfile(
  file: string,
  wanted: string | undefined,
): Promise<{ ok: true; name: string; profile?: FileProfile } | { ok: false; problem: string; fix: string }> {
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: `${file} cannot be read: ${reason}`, fix: "Mend the file." };
  }
  const root = isRecord(content) ? content : {};
  const name = wanted ?? (typeof root.profile === "string" ? root.profile : undefined);
  if (name === undefined || name === "sandbox") return { ok: true, name: "sandbox" };
  const profiles = isRecord(root.profiles) ? root.profiles : {};
  const profile = profiles[name];
  if (!isRecord(profile)) {
    return {
      ok: false,
      problem: `${file} has no profile ${name}`,
      fix: `It has ${Object.keys(profiles).join(", ") || "none"}; set SPARK_WORKSPACE_PROFILE to one of them or to sandbox.`,
    };
  }
  return { ok: true, name, profile };
}

const knownKeys = new Set([
  "cloud",
  "region",
  "mode",
  "workspaces",
  "endpoint",
  "ossEndpoint",
  "stsEndpoint",
  "language",
]);

function fromProfile(
  name: string,
  profile: FileProfile,
  environment: NodeJS.ProcessEnv,
  language: Language,
  origin: string,
): SettingsResult {
  const bad = (field: string, allowed: string) =>
    ({ ok: false, problem: `${origin}: ${field} of the profile ${name} is not valid`, fix: allowed }) as const;
  const unknown = Object.keys(profile).find((key) => !knownKeys.has(key));
  if (unknown !== undefined) return bad(unknown, `Known are ${[...knownKeys].join(", ")}.`);
  if (profile.cloud === "sandbox") return { ok: true, target: sandboxTarget(), language };
  if (profile.cloud !== undefined && profile.cloud !== "emr") return bad("cloud", "emr or sandbox.");

  const regionId =
    profile.region ?? environment.SPARK_WORKSPACE_REGION ?? environment.ALIBABA_CLOUD_REGION_ID ?? "cn-hangzhou";
  if (typeof regionId !== "string" || !grammars.regionId.pattern.test(regionId)) {
    return bad("region", `${grammars.regionId.allowed}, for example ${grammars.regionId.example}.`);
  }
  const mode = profile.mode ?? environment.SPARK_WORKSPACE_MODE ?? "full";
  if (mode !== "full" && mode !== "read-only") return bad("mode", "full or read-only.");
  const workspaces = profile.workspaces;
  if (workspaces !== undefined && !isListOfWorkspaces(workspaces)) {
    return bad("workspaces", `A list of workspace ids, for example [${grammars.workspaceId.example}].`);
  }
  const endpoint = profile.endpoint ?? environment.SPARK_WORKSPACE_EMR_ENDPOINT ?? publicHost(regionId);
  const address = typeof endpoint === "string" ? parseEndpoint(endpoint) : undefined;
  if (!address)
    return bad(
      "endpoint",
      "A host with optional scheme and port, for example emr-serverless-spark-vpc.cn-hangzhou.aliyuncs.com.",
    );
  const ossEndpoint = profile.ossEndpoint ?? environment.SPARK_WORKSPACE_OSS_ENDPOINT;
  if (ossEndpoint !== undefined && typeof ossEndpoint !== "string") return bad("ossEndpoint", "A host or URL.");

  const stsEndpoint =
    profile.stsEndpoint ?? environment.SPARK_WORKSPACE_STS_ENDPOINT ?? stsBeside(address.host, regionId);
  const stsAddress = typeof stsEndpoint === "string" ? parseEndpoint(stsEndpoint) : undefined;
  if (!stsAddress) return bad("stsEndpoint", `A host with optional scheme, for example ${stsHost(regionId, true)}.`);

  const credentials = credentialsOf(environment);
  const isSandbox = environment.SPARK_WORKSPACE_ENVIRONMENT === "sandbox";
  return {
    ok: true,
    language: profile.language === "zh" ? "zh" : language,
    target: {
      kind: "cloud",
      emr: { ...address, credentials },
      sts: { ...stsAddress, credentials },
      ...(ossEndpoint !== undefined && { ossEndpoint }),
      profile: {
        name,
        environment: isSandbox ? "sandbox" : "cloud",
        regionId,
        endpoint: address.host,
        mode,
        identity: identityOf(credentials),
        ...(workspaces !== undefined && { allowedWorkspaces: workspaces }),
      },
    },
  };
}

/** Plain http is taken for loopback alone, unless the scheme is spelled out. */
export function parseEndpoint(text: string): Pick<AlibabaConnection, "host" | "protocol"> | undefined {
  const match = /^(?:(https?):\/\/)?([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?\/?$/i.exec(text);
  if (!match) return undefined;
  const [, scheme, name = "", port = ""] = match;
  const protocol = scheme?.toLowerCase() === "http" || (scheme === undefined && isLoopback(name)) ? "http" : "https";
  return { host: `${name.toLowerCase()}${port}`, protocol };
}

/** On this machine, that is the sandbox, STS answers on the port of EMR; callers within a VPC have an STS there too. */
function stsBeside(emrHost: string, regionId: string): string {
  if (isLoopback(emrHost.replace(/:\d+$/, ""))) return emrHost;
  return stsHost(regionId, /-vpc\./.test(emrHost));
}

function isLoopback(name: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(name);
}

function credentialsOf(environment: NodeJS.ProcessEnv): AlibabaConnection["credentials"] {
  const accessKeyId = environment.ALIBABA_CLOUD_ACCESS_KEY_ID;
  const accessKeySecret = environment.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
  const securityToken = environment.ALIBABA_CLOUD_SECURITY_TOKEN;
  if (!accessKeyId || !accessKeySecret) return { kind: "chain" };
  return { kind: "pair", accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) };
}

function identityOf(credentials: AlibabaConnection["credentials"]): string {
  if (credentials.kind === "chain") return "default credential chain";
  return `AccessKey ${credentials.accessKeyId.slice(0, 4)}****${credentials.accessKeyId.slice(-4)}`;
}

function isListOfWorkspaces(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => grammars.workspaceId.pattern.test(String(each)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
