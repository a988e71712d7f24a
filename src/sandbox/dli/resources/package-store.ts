import type { DliContext } from "../context.ts";
import { collection } from "./documents.ts";

export type PackageKind = "jar" | "pyFile" | "file" | "modelFile";

/** A file of the storage under the name of a group; nothing is copied. */
export interface DliPackage {
  group: string;
  name: string;
  resourceId: string;
  kind: PackageKind;
  /** obs://bucket/key */
  location: string;
  owner: string;
  isAsync: boolean;
  createTime: number;
  updateTime: number;
}

export const packages = (context: DliContext) => collection<DliPackage>(context.store, "dliPackage", packageId);

/** Neither has a slash. */
export function packageId({ group, name }: Pick<DliPackage, "group" | "name">): string {
  return `${group}/${name}`;
}

/** @param path `group/file`, or the file alone where one group has it */
export function findPackage(path: string, context: DliContext): DliPackage | undefined {
  return path.includes("/")
    ? packages(context).get(path)
    : packages(context)
        .all()
        .find(({ name }) => name === path);
}

export function packagesIn(group: string, context: DliContext): DliPackage[] {
  return packages(context)
    .all()
    .filter((one) => one.group === group);
}
