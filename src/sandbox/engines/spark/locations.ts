import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Refusal, refused } from "./parameters.ts";

/**
 * The file behind oss://bucket/key, local:///path or file:///path.
 * A bucket is a folder under the storage folder; its name has no dot, so an endpoint behind it
 * (oss://bucket.oss-region-internal.aliyuncs.com/key) is cut off.
 */
export function locate(storageFolder: string, location: string): string | Refusal {
  const oss = /^oss:\/\/([a-z0-9][a-z0-9-]*)(?:\.[A-Za-z0-9.-]+)?\/(.+)$/.exec(location);
  if (oss?.[1] !== undefined && oss[2] !== undefined) {
    const key = oss[2];
    if (key.split("/").includes("..")) return refused(`${location}: a key cannot hold ".."`, "ERR-110002");
    return join(storageFolder, oss[1], key);
  }
  if (/^(local|file):\/\/\//.test(location)) return fileURLToPath(location.replace(/^local:/, "file:"));
  return refused(`${location} is not of the form oss://bucket/key, local:///path or file:///path`, "ERR-110002");
}

/** A comma-separated list; `#name` behind an archive is kept. */
export function locateAll(storageFolder: string, list: string): { files: string[]; value: string } | Refusal {
  const files: string[] = [];
  const values: string[] = [];
  for (const item of list.split(",").map((each) => each.trim())) {
    if (item === "") continue;
    const [location = "", name] = item.split("#", 2);
    const file = locate(storageFolder, location);
    if (typeof file !== "string") return file;
    files.push(file);
    values.push(name === undefined ? file : `${file}#${name}`);
  }
  return { files, value: values.join(",") };
}
