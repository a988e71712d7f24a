import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AlibabaConnection, publicHost, stsHost } from "../clouds/alibaba/connection.ts";
import type { Profile } from "../clouds/profile.ts";
import type { Language } from "../language.ts";
import { grammars } from "../operations/grammar.ts";
import { defaultDliRegion, isLoopback, parseEndpoint } from "./endpoint.ts";
import type { Folders } from "./folders.ts";
import type { DliFileProfile } from "./settings-dli.ts";
import type { SettingsResult, Target } from "./target.ts";

/** A profile as config.yaml holds it; secrets never stand there. */
interface FileProfile extends DliFileProfile {
  cloud?: unknown;
  region?: unknown;
  mode?: unknown;
  workspaces?: unknown;
  endpoint?: unknown;
  ossEndpoint?: unknown;
  stsEndpoint?: unknown;
  language?: unknown;
}

/** The clouds on this machine. */
const sandboxNames = ["sandbox", "sandbox-dli"] as const;

/**
 * Order: the profile of config.yaml named by SPARK_WORKSPACE_PROFILE (or `profile:`), else the environment's
 * AccessKey pair or endpoint, else the sandbox. An environment that speaks of two accounts names one by
 * SPARK_WORKSPACE_CLOUD. A credential that merely lies about on the machine, such as the
 * aliyun CLI's, is used only when a profile says so.
 */
export async function readSettings(environment: NodeJS.ProcessEnv, folders: Folders): Promise<SettingsResult> {
  const file = environment.SPARK_WORKSPACE_CONFIG || join(folders.config, "config.yaml");
  const language = languageOf(environment);
  const wanted = environment.SPARK_WORKSPACE_PROFILE;
  if (existsSync(file)) {
    const read = await readProfile(file, wanted);
    if (!read.ok) return read;
    if (read.profile) return fromProfile(read.name, read.profile, environment, language, file);
  } else if (wanted && !isSandbox(wanted)) {
    return { ok: false, problem: `there is no profile ${wanted}: ${file} does not exist`, fix: `Write ${file}.` };
  }
  const cloud = environment.SPARK_WORKSPACE_CLOUD || undefined;
  if (cloud !== undefined && cloud !== "emr" && cloud !== "dli") {
    return { ok: false, problem: `SPARK_WORKSPACE_CLOUD is ${cloud}`, fix: "Set it to emr or dli, or to nothing." };
  }
  if (wanted && isSandbox(wanted)) {
    return { ok: true, target: sandboxTarget(wanted === "sandbox-dli" ? "dli" : (cloud ?? "emr")), language };
  }
  const hasEmr = Boolean(environment.ALIBABA_CLOUD_ACCESS_KEY_ID || environment.SPARK_WORKSPACE_EMR_ENDPOINT);
  const hasDli = Boolean(environment.HUAWEICLOUD_SDK_AK || environment.SPARK_WORKSPACE_DLI_ENDPOINT);
  if (hasEmr && hasDli && cloud === undefined) {
    return {
      ok: false,
      problem: "the environment speaks of an account of Alibaba Cloud and of one of Huawei Cloud",
      fix: "Set SPARK_WORKSPACE_CLOUD to emr or dli, or SPARK_WORKSPACE_PROFILE to a profile.",
    };
  }
  const chosen = [...(hasEmr && cloud !== "dli" ? ["emr"] : []), ...(hasDli && cloud !== "emr" ? ["dli"] : [])];
  if (chosen.length === 0) return { ok: true, target: sandboxTarget(cloud), language };
  return fromProfile("environment", { cloud: chosen[0] }, environment, language, "the environment");
}

/** What holds where no profile says otherwise. */
export function languageOf(environment: NodeJS.ProcessEnv): Language {
  return environment.SPARK_WORKSPACE_LANGUAGE === "zh" ? "zh" : "en";
}

function isSandbox(name: string): name is (typeof sandboxNames)[number] {
  return sandboxNames.some((each) => each === name);
}

export function sandboxTarget(cloud: Profile["cloud"] = "emr"): Target {
  return {
    kind: "sandbox",
    profile: {
      name: cloud === "dli" ? "sandbox-dli" : "sandbox",
      cloud,
      environment: "sandbox",
      regionId: cloud === "dli" ? defaultDliRegion : "cn-hangzhou",
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
  if (name === undefined) return { ok: true, name: "sandbox" };
  if (isSandbox(name)) return { ok: true, name, profile: { cloud: name } };
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

async function fromProfile(
  ...[name, profile, environment, language, origin]: Parameters<typeof emrSettings>
): Promise<SettingsResult> {
  switch (profile.cloud) {
    case undefined:
    case "emr":
      return emrSettings(name, profile, environment, language, origin);
    case "dli":
      return (await import("./settings-dli.ts")).dliSettings(name, profile, environment, language, origin);
    case "sandbox":
    case "sandbox-dli":
      return { ok: true, target: sandboxTarget(profile.cloud === "sandbox" ? "emr" : "dli"), language };
    default:
      return {
        ok: false,
        problem: `${origin}: cloud of the profile ${name} is not valid`,
        fix: `emr, dli, ${sandboxNames.join(" or ")}.`,
      };
  }
}

function emrSettings(
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
  const isSandboxMarked = environment.SPARK_WORKSPACE_ENVIRONMENT === "sandbox";
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
        cloud: "emr",
        environment: isSandboxMarked ? "sandbox" : "cloud",
        regionId,
        endpoint: address.host,
        mode,
        identity: identityOf(credentials),
        credentials: originOf(credentials),
        ...(workspaces !== undefined && { allowedWorkspaces: workspaces }),
      },
    },
  };
}

/** On this machine, that is the sandbox, STS answers on the port of EMR; callers within a VPC have an STS there too. */
function stsBeside(emrHost: string, regionId: string): string {
  if (isLoopback(emrHost.replace(/:\d+$/, ""))) return emrHost;
  return stsHost(regionId, /-vpc\./.test(emrHost));
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

function originOf(credentials: AlibabaConnection["credentials"]): string {
  if (credentials.kind === "chain") return "default credential chain";
  const token = credentials.securityToken ? " with ALIBABA_CLOUD_SECURITY_TOKEN" : "";
  return `ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET of the environment${token}`;
}

function isListOfWorkspaces(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => grammars.workspaceId.pattern.test(String(each)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
