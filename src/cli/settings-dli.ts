import { type HuaweiConnection, type HuaweiService, publicHost } from "../clouds/huawei/connection.ts";
import { type CredentialsPlace, findCredentials } from "../clouds/huawei/find-credentials.ts";
import type { Profile } from "../clouds/profile.ts";
import type { Language } from "../language.ts";
import { grammars } from "../operations/grammar.ts";
import { defaultDliRegion, isLoopback, parseEndpoint } from "./endpoint.ts";
import type { DliAccess, SettingsResult } from "./target.ts";

/** A profile with `cloud: dli`, as config.yaml holds it; secrets never stand there. */
const knownKeys = [
  "cloud",
  "region",
  "mode",
  "projectId",
  "queues",
  "credentials",
  "endpoint",
  "iamEndpoint",
  "cesEndpoint",
  "ctsEndpoint",
  "obsEndpoint",
  "language",
] as const;
export type DliFileProfile = Readonly<Partial<Record<(typeof knownKeys)[number], unknown>>>;

const places: readonly CredentialsPlace[] = ["environment", "file", "metadata"];

/** The account that a profile, or the environment alone, describes. */
export function dliSettings(
  name: string,
  profile: DliFileProfile,
  environment: NodeJS.ProcessEnv,
  language: Language,
  origin: string,
): SettingsResult {
  const bad = (field: string, allowed: string) =>
    ({ ok: false, problem: `${origin}: ${field} of the profile ${name} is not valid`, fix: allowed }) as const;
  const unknown = Object.keys(profile).find((key) => !knownKeys.some((known) => known === key));
  if (unknown !== undefined) return bad(unknown, `Known are ${knownKeys.join(", ")}.`);

  const regionId =
    profile.region ?? environment.SPARK_WORKSPACE_REGION ?? environment.HW_REGION_NAME ?? defaultDliRegion;
  if (typeof regionId !== "string" || !grammars.regionId.pattern.test(regionId)) {
    return bad("region", `${grammars.regionId.allowed}, for example ${defaultDliRegion}.`);
  }
  const mode = profile.mode ?? environment.SPARK_WORKSPACE_MODE ?? "full";
  if (mode !== "full" && mode !== "read-only") return bad("mode", "full or read-only.");
  const { queues } = profile;
  if (queues !== undefined && !isListOfNames(queues)) {
    return bad("queues", `A list of names of queues and pools, for example [${grammars.dliName.example}].`);
  }
  const place = places.find((each) => each === (profile.credentials ?? "environment"));
  if (!place) return bad("credentials", `${places.join(", ")}.`);
  const found = findCredentials(place, environment, regionId);
  if (!found.ok) return { ok: false, problem: found.problem, fix: whereCredentials };
  if (!found.found)
    return { ok: false, problem: `no credentials of Huawei Cloud in the ${place}`, fix: whereCredentials };

  const projectId = profile.projectId ?? environment.SPARK_WORKSPACE_PROJECT_ID ?? found.found.projectId;
  if (projectId !== undefined && (typeof projectId !== "string" || !grammars.projectId.pattern.test(projectId))) {
    return bad("projectId", `${grammars.projectId.allowed}, for example ${grammars.projectId.example}.`);
  }
  const dli = endpointOf("dli", profile.endpoint ?? environment.SPARK_WORKSPACE_DLI_ENDPOINT, regionId);
  if (!dli) return bad("endpoint", `A host with optional scheme and port, for example ${publicHost("dli", regionId)}.`);
  const hosts: Record<string, Pick<HuaweiConnection, "host" | "protocol">> = { dli };
  for (const service of ["iam", "ces", "cts"] as const) {
    // On this machine, that is the sandbox, every service answers on the port of DLI.
    const beside = isLoopback(dli.host.replace(/:\d+$/, "")) ? `${dli.protocol}://${dli.host}` : undefined;
    const host = endpointOf(service, profile[`${service}Endpoint`] ?? beside, regionId);
    if (!host)
      return bad(`${service}Endpoint`, `A host with optional scheme, for example ${publicHost(service, regionId)}.`);
    hosts[service] = host;
  }
  const obsEndpoint = profile.obsEndpoint ?? environment.SPARK_WORKSPACE_OBS_ENDPOINT;
  if (obsEndpoint !== undefined && typeof obsEndpoint !== "string") return bad("obsEndpoint", "A host or URL.");

  return {
    ok: true,
    language: profile.language === "zh" ? "zh" : language,
    target: {
      kind: "dli",
      dli: {
        credentials: found.found.credentials,
        hosts: hosts as DliAccess["hosts"],
        ...(obsEndpoint !== undefined && { obsEndpoint }),
        origin: found.found.origin,
      },
      profile: {
        name,
        cloud: "dli",
        environment: environment.SPARK_WORKSPACE_ENVIRONMENT === "sandbox" ? "sandbox" : "cloud",
        regionId,
        endpoint: dli.host,
        mode,
        identity: identityOf(found.found.credentials),
        credentials: found.found.origin,
        ...(projectId !== undefined && { projectId }),
        ...(queues !== undefined && { allowedQueues: queues }),
      },
    },
  };
}

const whereCredentials =
  "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or `credentials: file` (~/.huaweicloud/credentials) or `credentials: metadata` (an ECS with an agency) in the profile.";

function endpointOf(service: HuaweiService, given: unknown, regionId: string) {
  const text = given ?? publicHost(service, regionId);
  return typeof text === "string" ? parseEndpoint(text) : undefined;
}

function identityOf(credentials: HuaweiConnection["credentials"]): Profile["identity"] {
  switch (credentials.kind) {
    case "key":
      return `AccessKey ${credentials.accessKeyId.slice(0, 4)}****${credentials.accessKeyId.slice(-4)}`;
    case "password":
      return `user ${credentials.login.user} of ${credentials.login.domain}`;
    case "token":
      return "a token from the environment";
    case "metadata":
      return "agency of this ECS";
  }
}

function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => grammars.dliName.pattern.test(String(each)));
}
