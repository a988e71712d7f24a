import type { Endpoint, HuaweiCredentials } from "./connection.ts";
import { publicHost } from "./connection.ts";
import type { AccessKey } from "./signer.ts";

/** Credentials as they lie on a machine, under the names that the official clients and tools read. */
export interface FoundCredentials {
  credentials: HuaweiCredentials;
  projectId?: string;
  /** Where they were found; for `doctor`. */
  origin: string;
}

export type CredentialsResult = { ok: true; found: FoundCredentials | undefined } | { ok: false; problem: string };

/** The SDKs' names, then those of Terraform and of OpenStack's clients. Of one family only: two may be two callers. */
const families = [
  {
    accessKeyId: ["HUAWEICLOUD_SDK_AK"],
    secretAccessKey: ["HUAWEICLOUD_SDK_SK"],
    securityToken: ["HUAWEICLOUD_SDK_SECURITY_TOKEN"],
    projectId: ["HUAWEICLOUD_SDK_PROJECT_ID"],
  },
  {
    accessKeyId: ["HW_ACCESS_KEY"],
    secretAccessKey: ["HW_SECRET_KEY"],
    securityToken: ["HW_SECURITY_TOKEN"],
    projectId: ["HW_PROJECT_ID"],
    token: ["HW_AUTH_TOKEN"],
    user: ["HW_USER_NAME"],
    password: ["HW_USER_PASSWORD"],
    domain: ["HW_DOMAIN_NAME"],
    projectName: ["HW_PROJECT_NAME"],
    authUrl: ["HW_AUTH_URL"],
  },
  {
    accessKeyId: ["OS_ACCESS_KEY"],
    secretAccessKey: ["OS_SECRET_KEY"],
    securityToken: ["OS_SECURITY_TOKEN"],
    projectId: ["OS_PROJECT_ID", "OS_TENANT_ID"],
    token: ["OS_AUTH_TOKEN"],
    user: ["OS_USERNAME"],
    password: ["OS_PASSWORD"],
    domain: ["OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"],
    projectName: ["OS_PROJECT_NAME", "OS_TENANT_NAME"],
    authUrl: ["OS_AUTH_URL"],
  },
] as const;

type Member = keyof (typeof families)[2];

/** `found` is undefined when the environment says nothing; half a pair is a problem, not a reason to look elsewhere. */
export function credentialsInEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  regionId: string,
): CredentialsResult {
  for (const family of families) {
    const names = (member: Member): readonly string[] =>
      member in family ? family[member as keyof typeof family] : [];
    const value = (member: Member) =>
      names(member)
        .map((name) => environment[name])
        .find((text) => text);
    const given = (credentials: HuaweiCredentials): CredentialsResult => {
      const projectId = value("projectId");
      return { ok: true, found: { credentials, origin: "environment", ...(projectId && { projectId }) } };
    };
    const key = pairOf(value, (member) => names(member)[0] ?? member);
    if (typeof key === "string") return { ok: false, problem: key };
    if (key !== undefined) return given({ kind: "key", ...key });
    const token = value("token");
    if (token) return given({ kind: "token", token });
    const [user, password, domain] = [value("user"), value("password"), value("domain")];
    if (!user && !password) continue;
    if (!user || !password || !domain) {
      const absent = (["user", "password", "domain"] as const).find((member) => !value(member));
      return { ok: false, problem: `${names(absent ?? "user")[0]} is not set` };
    }
    const iam = iamEndpoint(value("authUrl"), regionId);
    if (iam === undefined) return { ok: false, problem: `${names("authUrl")[0]} is no https address of an IAM` };
    const projectId = value("projectId");
    const project = projectId ? { id: projectId } : { name: value("projectName") ?? regionId };
    return given({ kind: "password", login: { user, password, domain, project }, iam });
  }
  return { ok: true, found: undefined };
}

/** The SDKs' `~/.huaweicloud/credentials`, section `[basic]`. */
export function credentialsInFile(text: string, section = "basic"): CredentialsResult {
  const entries = sectionOf(text, section);
  if (entries === undefined) return { ok: false, problem: `there is no section [${section}]` };
  const names = { accessKeyId: "ak", secretAccessKey: "sk", securityToken: "security_token" };
  const key = pairOf(
    (member) => entries.get(names[member]),
    (member) => names[member],
  );
  if (key === undefined) return { ok: false, problem: `[${section}] has neither ak nor sk` };
  if (typeof key === "string") return { ok: false, problem: `[${section}]: ${key}` };
  const projectId = entries.get("project_id");
  return {
    ok: true,
    found: { credentials: { kind: "key", ...key }, origin: "credentials file", ...(projectId && { projectId }) },
  };
}

type PairMember = "accessKeyId" | "secretAccessKey" | "securityToken";

function pairOf(
  value: (member: PairMember) => string | undefined,
  name: (member: PairMember) => string,
): AccessKey | string | undefined {
  const [accessKeyId, secretAccessKey, securityToken] = [
    value("accessKeyId"),
    value("secretAccessKey"),
    value("securityToken"),
  ];
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId) return `${name("accessKeyId")} is not set`;
  if (!secretAccessKey) return `${name("secretAccessKey")} is not set`;
  for (const [member, text] of Object.entries({ accessKeyId, secretAccessKey, securityToken })) {
    if (text && !/^[\x21-\x7e]+$/.test(text)) return `${name(member as PairMember)} has a character that no key has`;
  }
  return { accessKeyId, secretAccessKey, ...(securityToken && { securityToken }) };
}

/** INI, as Python's configparser reads it: `=` or `:`, and comments on lines of their own. */
function sectionOf(text: string, wanted: string): Map<string, string> | undefined {
  let section: Map<string, string> | undefined;
  let isWanted = false;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    const heading = /^\[(.*)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      isWanted = heading.trim() === wanted;
      if (isWanted) section ??= new Map();
      continue;
    }
    const entry = /^([^#;=:][^=:]*)[=:](.*)$/.exec(line);
    if (isWanted && entry) section?.set((entry[1] ?? "").trim().toLowerCase(), (entry[2] ?? "").trim());
  }
  return section;
}

/** Plain http would show the password to the network; loopback is for tests. */
function iamEndpoint(url: string | undefined, regionId: string): Endpoint | undefined {
  if (!url) return { protocol: "https", host: publicHost("iam", regionId) };
  const parsed = URL.parse(url);
  if (parsed === null || !/^\/(v3\/?)?$/.test(parsed.pathname)) return undefined;
  if (parsed.protocol === "https:") return { protocol: "https", host: parsed.host };
  const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(parsed.hostname);
  return parsed.protocol === "http:" && isLoopback ? { protocol: "http", host: parsed.host } : undefined;
}
