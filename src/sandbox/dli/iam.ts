import { createHmac, randomUUID } from "node:crypto";
import { sameText } from "../signature/verify.ts";
import { badParameter, type DliAnswer, objectExists } from "./answers.ts";
import type { DliContext, DliHandlers } from "./context.ts";
import { refusedIdentity } from "./gateway-errors.ts";
import type { DliAccessKey } from "./signature.ts";

/** IAM as far as a job needs it: tokens, the one project, agencies. */

const lifeMs = 24 * 60 * 60_000;

interface Agency {
  id: string;
  name: string;
  domain_id: string;
  trust_domain_id: string;
  trust_domain_name: string;
  description: string;
  duration: string;
  create_time: string;
}

export const identityHandlers: DliHandlers<"KeystoneListProjects" | "ListAgencies" | "CreateAgency"> = {
  KeystoneListProjects({ name, domain_id, enabled }, context) {
    const project = {
      id: context.projectId,
      name: context.regionId,
      domain_id: context.domainId,
      parent_id: context.domainId,
      enabled: true,
      is_domain: false,
      description: "",
    };
    const isAsked =
      (name ?? project.name) === project.name &&
      (domain_id ?? project.domain_id) === project.domain_id &&
      (enabled ?? true);
    return { body: { projects: isAsked ? [project] : [] } };
  },

  ListAgencies({ domain_id, name, trust_domain_id, page = 1, per_page = 500 }, context) {
    const agencies = (context.store.all(kind) as Agency[]).filter(
      (agency) =>
        agency.domain_id === domain_id &&
        (name ?? agency.name) === agency.name &&
        (trust_domain_id ?? agency.trust_domain_id) === agency.trust_domain_id,
    );
    return { body: { agencies: agencies.slice((page - 1) * per_page, page * per_page) } };
  },

  CreateAgency({ agency: wanted = {} }, context) {
    if (!wanted.name) return badParameter("agency.name is mandatory.");
    if (wanted.domain_id !== context.domainId) return badParameter("agency.domain_id is not this account.");
    if ((context.store.all(kind) as Agency[]).some(({ name }) => name === wanted.name)) {
      return objectExists(`The agency ${wanted.name} exists already.`);
    }
    return { body: { agency: storeAgency(wanted.name, wanted, context) } };
  },
};

const kind = "dliAgency";

/** The agency that DLI itself asks for (section 9 of the API notes), so that a first user has it. */
export function seedAgency(context: DliContext): void {
  if (context.store.all(kind).length > 0) return;
  storeAgency("dli_management_agency", { description: "Made with the sandbox." }, context);
}

function storeAgency(name: string, wanted: Partial<Record<keyof Agency, string>>, context: DliContext): Agency {
  const agency: Agency = {
    id: randomUUID().replaceAll("-", ""),
    name,
    domain_id: context.domainId,
    trust_domain_id: wanted.trust_domain_id ?? "",
    trust_domain_name: wanted.trust_domain_name ?? "op_svc_dli",
    description: wanted.description ?? "",
    duration: wanted.duration ?? "FOREVER",
    create_time: new Date(context.now()).toISOString(),
  };
  context.store.put(kind, agency.id, agency);
  return agency;
}

/** POST /v3/auth/tokens: the access key pair stands for user and password; any account name will do. */
export function issueToken(body: Readonly<Record<string, unknown>>, key: DliAccessKey, context: DliContext): DliAnswer {
  const user = member(body, "auth", "identity", "password", "user");
  const name = member(user, "name");
  const password = member(user, "password");
  if (typeof name !== "string" || typeof password !== "string") {
    return badParameter("auth.identity.password.user needs name and password.");
  }
  if (!sameText(name, key.accessKeyId) || !sameText(password, key.secretAccessKey)) {
    return refusedIdentity("the username or password is wrong");
  }
  const project = member(body, "auth", "scope", "project");
  const isOther = (member(project, "id") ?? context.projectId) !== context.projectId;
  if (isOther || (member(project, "name") ?? context.regionId) !== context.regionId) {
    return badParameter("auth.scope.project is not known.");
  }
  const now = context.now();
  const domain = { id: context.domainId, name: "sandbox" };
  const token = {
    methods: ["password"],
    issued_at: new Date(now).toISOString(),
    expires_at: new Date(now + lifeMs).toISOString(),
    user: { id: context.domainId, name: context.userName, domain },
    project: { id: context.projectId, name: context.regionId, domain },
    roles: [],
    catalog: [],
  };
  return { status: 201, body: { token }, headers: { "X-Subject-Token": signToken(now + lifeMs, key) } };
}

/** It carries its own end and the key's mark, so that it outlives a restart of the sandbox as a real one would. */
function signToken(expiresAt: number, key: DliAccessKey): string {
  return `${expiresAt}.${tokenMark(expiresAt, key)}`;
}

export function isValidToken(token: string, key: DliAccessKey, now: number): boolean {
  const [, expiresAt, mark] = /^(\d{1,16})\.([0-9a-f]{64})$/.exec(token) ?? [];
  if (expiresAt === undefined || mark === undefined) return false;
  return sameText(mark, tokenMark(Number(expiresAt), key)) && now < Number(expiresAt);
}

function tokenMark(expiresAt: number, key: DliAccessKey): string {
  return createHmac("sha256", key.secretAccessKey).update(`token until ${expiresAt}`).digest("hex");
}

function member(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}
