import { badParameter, missingObject } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { connections } from "./connection-store.ts";
import { pools } from "./documents.ts";
import { type Grant, grantId, grants } from "./privilege-store.ts";
import { findQueue } from "./queue-find.ts";
import { answer, byText, pageOf, storedName, succeeded } from "./shared.ts";

/** Grants on objects (section 9 of the API notes). They are kept; the sandbox has one user, whom nothing is denied. */

const handing = ["GRANT_PRIVILEGE", "REVOKE_PRIVILEGE", "SHOW_PRIVILEGES"];

/** Those with a published list; the rest takes any. */
const privilegesOf: Readonly<Record<string, readonly string[]>> = {
  queues: ["SUBMIT_JOB", "CANCEL_JOB", "DROP_QUEUE", "RESTART", "SCALE_QUEUE", ...handing],
  flink: ["GET", "UPDATE", "DELETE", "START", "STOP", "EXPORT", ...handing],
  elasticresourcepools: ["UPDATE", "RESOURCE_MANAGEMENT", "DROP", "SCALE", ...handing],
};

const objectForms: readonly RegExp[] = [
  /^databases\.\w+(\.tables\.\w+(\.columns\.\w+)?)?$/,
  /^(queues|elasticresourcepools)\.\w+$/,
  /^jobs\.flink\.\d+$/,
  /^groups\.[\w.-]+$/,
  /^resources\.[\w./-]+$/,
  /^edsconnections\.[0-9a-fA-F-]+$/,
];

export const privilegeHandlers: DliHandlers<"RunAuthorizationAction" | "ListAuthorizationPrivileges"> = {
  RunAuthorizationAction(input, context) {
    const { user_name: user, projectId: project, action, privileges = [] } = input;
    if ((user === undefined) === (project === undefined)) {
      return badParameter("Either user_name or projectId has to be given.");
    }
    const who = { kind: user === undefined ? ("project" as const) : ("user" as const), grantee: user ?? project ?? "" };
    const wanted = privileges.map(({ object = "", privileges: names = [] }) => ({
      ...who,
      object: stored(object),
      privileges: names,
    }));
    for (const grant of wanted) {
      const problem = objectProblem(grant, context);
      if (problem) return problem;
    }
    context.store.transaction(() => {
      for (const grant of wanted) change(grant, action ?? "grant", context);
    });
    return succeeded;
  },

  ListAuthorizationPrivileges(input, context) {
    const object = stored(input.object ?? "");
    const problem = objectProblem({ object, privileges: [] }, context);
    if (problem) return problem;
    const found = grants(context)
      .all()
      .filter((grant) => grant.kind === "user" && grant.object === object)
      .sort(byText((grant) => grant.grantee))
      .map((grant) => ({ object, is_admin: false, user_name: grant.grantee, privileges: grant.privileges }));
    const owner = {
      object,
      is_admin: true,
      user_name: context.userName,
      privileges: privilegesOf[kindOf(object)] ?? [],
    };
    const page = pageOf([owner, ...found], input);
    return answer("ListAuthorizationPrivileges", {
      is_success: true,
      message: "",
      object_name: object.split(".").at(-1) ?? object,
      object_type: kindOf(object),
      count: page.length,
      privileges: page,
    });
  },
};

function change(grant: Grant, action: "grant" | "revoke" | "update", context: DliContext): void {
  const before = grants(context).get(grantId(grant))?.privileges ?? [];
  const after =
    action === "grant"
      ? [...new Set([...before, ...grant.privileges])]
      : action === "revoke"
        ? before.filter((privilege) => !grant.privileges.includes(privilege))
        : [...new Set(grant.privileges)];
  if (after.length === 0) grants(context).delete(grantId(grant));
  else grants(context).put({ ...grant, privileges: after });
}

/** Names of queues and pools count in lower case. */
function stored(object: string): string {
  return /^(queues|elasticresourcepools|edsconnections)\./.test(object) ? storedName(object) : object;
}

/** `tables` of databases.d.tables.t */
function kindOf(object: string): string {
  return object.startsWith("resources.") ? "resources" : (object.split(".").at(-2) ?? "");
}

function objectProblem({ object, privileges }: Pick<Grant, "object" | "privileges">, context: DliContext) {
  if (!objectForms.some((form) => form.test(object))) return badParameter(`The object ${object} is invalid.`);
  const known = privilegesOf[kindOf(object)];
  const unknown = known && privileges.find((privilege) => !known.includes(privilege));
  if (unknown !== undefined) return badParameter(`The privilege ${unknown} is not one of ${object}.`);
  const [kind, name = ""] = object.split(".");
  const isMissing =
    (kind === "queues" && !findQueue(name, context)) ||
    (kind === "elasticresourcepools" && !pools(context.store).get(name)) ||
    (kind === "edsconnections" && !connections(context).get(name));
  return isMissing ? missingObject(`The object ${object} does not exist.`) : undefined;
}
