import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { matchesGrammar } from "../../../operations/grammar.ts";
import { badParameter, type DliAnswer, missingObject } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type DliPackage, findPackage, type PackageKind, packageId, packages, packagesIn } from "./package-store.ts";
import { answer, byText, matchesTagFilter, succeeded } from "./shared.ts";
import { forgetTags, putTags, tagProblem, tagsOf } from "./tag-store.ts";

const type = "dli_package_resource";

export const packageHandlers: DliHandlers<
  "UploadJobResources" | "ListJobResources" | "ShowJobResource" | "DeleteJobResource" | "UpdateJobResourceOwner"
> = {
  UploadJobResources(input, context) {
    const { paths = [], kind = "file", group = "", is_async: isAsync = false, tags } = input;
    if (!/^[A-Za-z0-9_.-]{1,128}$/.test(group)) return badParameter("The group's name is invalid.");
    if (paths.length === 0) return badParameter("paths has to name a file.");
    const wrong = paths.find((path) => !isStored(path, context));
    if (wrong !== undefined) return badParameter(`The file ${wrong} does not exist.`);
    const problem = tagProblem(tags);
    if (problem) return badParameter(problem);
    context.store.transaction(() => {
      for (const path of paths) keep(path, { kind, group, isAsync }, tags ?? [], context);
    });
    return answer("UploadJobResources", describeGroup(group, context));
  },

  ListJobResources(input, context) {
    const found = packages(context)
      .all()
      .filter(({ kind }) => !input.kind || kind === input.kind)
      .filter(({ resourceId }) => matchesTagFilter(tagsOf(type, resourceId, context), input.tags))
      .sort(byText(packageId));
    const groups = [...new Set(found.map(({ group }) => group))];
    return answer("ListJobResources", {
      total: found.length,
      resources: found.map(describe),
      modules: [],
      groups: groups.map((group) => describeGroup(group, context)),
    });
  },

  ShowJobResource(input, context) {
    const found = findPackage(pathOf(input), context);
    return found ? answer("ShowJobResource", describe(found)) : missingPackage(pathOf(input));
  },

  DeleteJobResource(input, context) {
    const found = findPackage(pathOf(input), context);
    if (!found) return missingPackage(pathOf(input));
    packages(context).delete(packageId(found));
    forgetTags(type, found.resourceId, context);
    return { body: undefined };
  },

  UpdateJobResourceOwner(input, context): DliAnswer {
    const { new_owner: owner, group_name: group = "", resource_name: name } = input;
    if (!owner) return badParameter("new_owner is mandatory.");
    const found = packagesIn(group, context).filter((one) => name === undefined || one.name === name);
    if (found.length === 0) return missingPackage(name === undefined ? group : `${group}/${name}`);
    for (const one of found) packages(context).put({ ...one, owner, updateTime: context.now() });
    return succeeded;
  },
};

function pathOf({ resource_name: name, group }: { resource_name: string; group?: string }): string {
  return group ? `${group}/${name}` : name;
}

/** A file of the same name in the group gives way. */
function keep(
  path: string,
  { kind, group, isAsync }: { kind: PackageKind; group: string; isAsync: boolean },
  tags: readonly { key?: string; value?: string }[],
  context: DliContext,
): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const earlier = packages(context).get(packageId({ group, name }));
  const now = context.now();
  const resourceId = earlier?.resourceId ?? randomUUID();
  packages(context).put({
    group,
    name,
    resourceId,
    kind,
    location: path,
    owner: earlier?.owner ?? context.userName,
    isAsync,
    createTime: earlier?.createTime ?? now,
    updateTime: now,
  });
  if (tags.length > 0) putTags(type, resourceId, tags, context);
}

function isStored(path: string, context: DliContext): boolean {
  if (!matchesGrammar("obsUri", path)) return false;
  const file = join(context.storageFolder, path.slice("obs://".length));
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function describe(one: DliPackage) {
  return {
    create_time: one.createTime,
    update_time: one.updateTime,
    resource_type: one.kind,
    resource_name: one.name,
    status: "READY" as const,
    underlying_name: one.name,
    owner: one.owner,
  };
}

function describeGroup(group: string, context: DliContext) {
  const inside = packagesIn(group, context).sort(byText(packageId));
  return {
    group_name: group,
    status: "READY" as const,
    resources: inside.map(({ name }) => name),
    details: inside.map(describe).map(({ owner: _owner, ...detail }) => detail),
    create_time: Math.min(...inside.map(({ createTime }) => createTime)),
    update_time: Math.max(...inside.map(({ updateTime }) => updateTime)),
    is_async: inside.some(({ isAsync }) => isAsync),
    owner: inside[0]?.owner ?? context.userName,
  };
}

function missingPackage(path: string) {
  return missingObject(`The package ${path} does not exist.`);
}
