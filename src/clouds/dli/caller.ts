import type { CloudAnswer } from "../transport.ts";
import { createDliTransport, type DliConnection } from "./transport.ts";

export type DliCaller =
  /** `accountId` is absent where the caller may not list projects. */
  | { ok: true; accountId?: string; projectId: string }
  | { ok: false; code: "NO_CREDENTIALS" | "IDENTITY_UNKNOWN"; why: string };

const deadlineMs = 10_000;

/**
 * Whose the credentials are and which project is the region's, by IAM KeystoneListProjects. IAM has no call that tells
 * everybody who they are; who may not list projects has to name theirs.
 */
export async function readDliCaller(connection: DliConnection, regionId: string): Promise<DliCaller> {
  const answer = await createDliTransport(connection).send(
    { operation: "KeystoneListProjects", method: "GET", path: "/v3/projects", query: { name: regionId } },
    { deadlineMs, signal: new AbortController().signal, reads: true },
  );
  const given = connection.projectId;
  if (answer.kind !== "answered") {
    const mayNotList = answer.kind === "rejected" && answer.status === 403;
    return mayNotList && given !== undefined ? { ok: true, projectId: given } : { ok: false, ...refusal(answer) };
  }
  const project = projectsOf(answer.body).find(({ id, name }) =>
    given === undefined ? name === regionId : id === given,
  );
  if (project) return { ok: true, accountId: project.domainId, projectId: project.id };
  // One that lies within the region's own has another name, so the list by name does not show it.
  if (given !== undefined) return { ok: true, projectId: given };
  return { ok: false, code: "IDENTITY_UNKNOWN", why: `IAM knows no project of the region ${regionId}` };
}

function refusal(answer: Exclude<CloudAnswer, { kind: "answered" }>): Omit<DliCaller & { ok: false }, "ok"> {
  if (answer.kind === "not-sent" && answer.reason === "no-credentials") {
    return { code: "NO_CREDENTIALS", why: answer.message };
  }
  const said = answer.kind === "rejected" ? `${answer.code}: ${answer.message}` : answer.message;
  return { code: "IDENTITY_UNKNOWN", why: said };
}

function projectsOf(body: unknown): Array<{ id: string; name: string; domainId: string }> {
  if (typeof body !== "object" || body === null || !("projects" in body) || !Array.isArray(body.projects)) return [];
  return body.projects.flatMap((each: unknown) => {
    const { id, name, domain_id: domainId } = (each ?? {}) as Record<string, unknown>;
    const isWhole = [id, domainId].every((text) => typeof text === "string" && /^[0-9a-f]{32}$/.test(text));
    return isWhole ? [{ id: String(id), name: String(name), domainId: String(domainId) }] : [];
  });
}
