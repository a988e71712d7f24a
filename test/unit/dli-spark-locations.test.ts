import { describe, expect, test } from "vitest";
import { locate, locateAll } from "../../src/sandbox/engines/spark/locations.ts";
import { storageSettings } from "../../src/sandbox/engines/spark/settings.ts";

describe("where a location of OBS lies", () => {
  test.each([
    ["obs://lake/a/b.csv", "/storage/lake/a/b.csv"],
    ["obs://acme.lake/b.csv", "/storage/acme.lake/b.csv"],
  ])("%s is the file %s", (location, file) => {
    expect(locate("/storage", location)).toBe(file);
  });

  test.each(["obs://lake/../other/x", "obs://../x", "obs://.object-store/x", "obs://lake/", "s3a://lake/x"])(
    "%s is refused",
    (location) => {
      expect(locate("/storage", location)).toMatchObject({ kind: "refused", code: "ERR-110002" });
    },
  );

  test("in a list every entry is found", () => {
    expect(locateAll("/storage", "obs://lake/a.jar,oss://lake/b.jar")).toEqual({
      files: ["/storage/lake/a.jar", "/storage/lake/b.jar"],
      value: "/storage/lake/a.jar,/storage/lake/b.jar",
    });
  });
});

test("Spark reads both object storages from the storage folder", () => {
  expect(storageSettings("/storage")).toEqual({
    "spark.hadoop.fs.oss.impl": "sandbox.OssFolderFileSystem",
    "spark.hadoop.fs.obs.impl": "sandbox.ObsFolderFileSystem",
    "spark.hadoop.sandbox.storage.folder": "/storage",
  });
});
