import { badParameter, limitReached, missingObject } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { flinkDocumentsIn } from "../flink/documents.ts";
import { connections } from "./connection-store.ts";
import { allDatabases } from "./databases.ts";
import type { Tag } from "./documents.ts";
import { packages } from "./package-store.ts";
import { allPools } from "./pool-state.ts";
import { allQueues } from "./queue-find.ts";
import { answer, byText, pageOf } from "./shared.ts";
import { mostTags, putTags, type TaggedType, tagProblem, tagsOf } from "./tag-store.ts";

interface Resource {
  id: string;
  name: string;
}

export const tagHandlers: DliHandlers<
  | "BatchCreateResourceTags"
  | "BatchDeleteResourceTags"
  | "ShowResourceTags"
  | "ListResourcesTags"
  | "ListResourcesByTags"
  | "CountResourcesByTags"
> = {
  BatchCreateResourceTags({ resource_type: type, resource_id: id, tags: sent = [] }, context) {
    if (!resourcesOf(type, context).some((resource) => resource.id === id)) return missingResource(id);
    const problem = tagProblem(sent);
    if (problem) return badParameter(problem);
    const kept = tagsOf(type, id, context).filter((tag) => !sent.some(({ key }) => key === tag.key));
    const tags = [...kept, ...sent];
    if (tags.length > mostTags) return limitReached(`A resource has at most ${mostTags} tags.`);
    putTags(type, id, tags, context);
    return { body: undefined };
  },

  BatchDeleteResourceTags({ resource_type: type, resource_id: id, tags: sent = [] }, context) {
    if (!resourcesOf(type, context).some((resource) => resource.id === id)) return missingResource(id);
    const kept = tagsOf(type, id, context).filter((tag) => !sent.some(({ key }) => key === tag.key));
    putTags(type, id, kept, context);
    return { body: undefined };
  },

  ShowResourceTags(input, context) {
    const { resource_type: type, resource_id: id } = input;
    if (!resourcesOf(type, context).some((resource) => resource.id === id)) return missingResource(id);
    const tags = tagsOf(type, id, context);
    return answer("ShowResourceTags", { tags: pageOf(tags, input), count: tags.length });
  },

  ListResourcesTags(input, context) {
    const values = new Map<string, Set<string>>();
    for (const { id } of resourcesOf(input.resource_type, context)) {
      for (const { key, value } of tagsOf(input.resource_type, id, context)) {
        values.set(key, (values.get(key) ?? new Set()).add(value));
      }
    }
    const tags = [...values].map(([key, set]) => ({ key, values: [...set].sort() })).sort(byText((tag) => tag.key));
    return answer("ListResourcesTags", { tags: pageOf(tags, input), count: tags.length });
  },

  ListResourcesByTags(input, context) {
    const found = filtered(input, context);
    return answer("ListResourcesByTags", {
      total_count: found.length,
      resources: pageOf(found, input).map(({ id, name }) => ({
        resource_id: id,
        resource_name: name,
        resource_detail: "",
        tags: tagsOf(input.resource_type, id, context),
      })),
    });
  },

  CountResourcesByTags: (input, context) =>
    answer("CountResourcesByTags", { total_count: filtered(input, context).length, resources: [] }),
};

interface TagQuestion {
  resource_type: TaggedType;
  without_any_tag?: boolean;
  tags?: readonly { key?: string; values?: readonly string[] }[];
  matches?: readonly { key?: string; value?: string }[];
}

function filtered(question: TagQuestion, context: DliContext): Resource[] {
  const { resource_type: type, without_any_tag: without = false, tags: wanted = [], matches = [] } = question;
  return resourcesOf(type, context).filter(({ id, name }) => {
    const tags = tagsOf(type, id, context);
    if (without && tags.length > 0) return false;
    return (
      wanted.every((tag) => tags.some((own) => isWanted(own, tag))) &&
      matches.every(({ key, value = "" }) => key !== "resource_name" || name.includes(value))
    );
  });
}

/** A key without values takes any. */
function isWanted(own: Tag, { key, values = [] }: { key?: string; values?: readonly string[] }): boolean {
  return own.key === key && (values.length === 0 || values.includes(own.value));
}

function resourcesOf(type: TaggedType, context: DliContext): Resource[] {
  switch (type) {
    case "dli_queue":
      return allQueues(context).map(({ resourceId, queueName }) => ({ id: resourceId, name: queueName }));
    case "dli_elastic_resource_pool":
      return allPools(context).map(({ resourceId, name }) => ({ id: resourceId, name }));
    case "dli_enhanced_datasource":
      return connections(context)
        .all()
        .map(({ id, name }) => ({ id, name }))
        .sort(byText(({ name }) => name));
    case "dli_package_resource":
      return packages(context)
        .all()
        .map(({ resourceId, name }) => ({ id: resourceId, name }))
        .sort(byText(({ name }) => name));
    case "dli_database":
      return allDatabases(context).map(({ resourceId, name }) => ({ id: resourceId, name }));
    case "dli_flink_job":
      return flinkDocumentsIn(context.store)
        .jobs()
        .map(({ jobId, definition }) => ({ id: String(jobId), name: definition.name }))
        .sort(byText(({ name }) => name));
  }
}

function missingResource(id: string) {
  return missingObject(`The resource ${id} does not exist.`);
}
