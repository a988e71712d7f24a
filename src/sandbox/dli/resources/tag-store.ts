import type { DliContext } from "../context.ts";
import { collection, type Tag } from "./documents.ts";

export type TaggedType =
  | "dli_queue"
  | "dli_enhanced_datasource"
  | "dli_database"
  | "dli_package_resource"
  | "dli_flink_job"
  | "dli_elastic_resource_pool";

interface TaggedResource {
  type: TaggedType;
  resourceId: string;
  tags: readonly Tag[];
}

export const mostTags = 20;

export function tagsOf(type: TaggedType, resourceId: string, context: DliContext): readonly Tag[] {
  return tagged(context).get(idOf({ type, resourceId }))?.tags ?? [];
}

export function putTags(
  type: TaggedType,
  resourceId: string,
  sent: readonly Partial<Tag>[],
  context: DliContext,
): void {
  const tags = sent.map(({ key = "", value = "" }) => ({ key, value }));
  if (tags.length === 0) forgetTags(type, resourceId, context);
  else tagged(context).put({ type, resourceId, tags });
}

export function forgetTags(type: TaggedType, resourceId: string, context: DliContext): void {
  tagged(context).delete(idOf({ type, resourceId }));
}

/** What is wrong with tags that are to be set together. */
export function tagProblem(tags: readonly Partial<Tag>[] = []): string | undefined {
  if (tags.length > mostTags) return `A resource has at most ${mostTags} tags.`;
  if (tags.some(({ key = "" }) => key.length < 1 || key.length > 128)) return "A tag's key has 1 to 128 characters.";
  if (tags.some(({ value = "" }) => value.length < 1 || value.length > 255)) {
    return "A tag's value has 1 to 255 characters.";
  }
  return new Set(tags.map((tag) => tag.key)).size < tags.length ? "A tag's key was given twice." : undefined;
}

function tagged(context: DliContext) {
  return collection<TaggedResource>(context.store, "dliTags", idOf);
}

function idOf(resource: { type: TaggedType; resourceId: string }): string {
  return `${resource.type}/${resource.resourceId}`;
}
