import type { DliContext } from "../context.ts";
import { collection } from "./documents.ts";

/** What a user, or another project, may do with an object. */
export interface Grant {
  kind: "user" | "project";
  grantee: string;
  object: string;
  privileges: readonly string[];
}

export const grants = (context: DliContext) => collection<Grant>(context.store, "dliGrant", grantId);

export function grantId({ kind, grantee, object }: Pick<Grant, "kind" | "grantee" | "object">): string {
  return `${object}/${kind}/${grantee}`;
}

export function projectGrantsOn(object: string, context: DliContext): Grant[] {
  return grants(context)
    .all()
    .filter((grant) => grant.kind === "project" && grant.object === object);
}

export function isShared(connectionId: string, context: DliContext): boolean {
  return projectGrantsOn(`edsconnections.${connectionId}`, context).length > 0;
}
