import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Refusal, refused } from "./parameters.ts";

/**
 * The file behind oss://bucket/key, obs://bucket/key, local:///path or file:///path.
 * A bucket is a folder under the storage folder. A bucket of OSS has no dot in its name, so an endpoint behind it
 * (oss://bucket.oss-region-internal.aliyuncs.com/key) is cut off; to a bucket of OBS dots belong.
 */
export function locate(storageFolder: string, location: string): string | Refusal {
  const [, bucket, key] =
    /^oss:\/\/([a-z0-9][a-z0-9-]*)(?:\.[A-Za-z0-9.-]+)?\/(.+)$/.exec(location) ??
    /^obs:\/\/([a-z0-9][a-z0-9.-]*)\/(.+)$/.exec(location) ??
    [];
  if (bucket !== undefined && key !== undefined) {
    if (key.split("/").includes("..")) return refused(`${location}: a key cannot hold ".."`, "ERR-110002");
    return join(storageFolder, bucket, key);
  }
  if (/^(local|file):\/\/\//.test(location)) return fileURLToPath(location.replace(/^local:/, "file:"));
  return refused(
    `${location} is not of the form oss://bucket/key, obs://bucket/key, local:///path or file:///path`,
    "ERR-110002",
  );
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
