import { longestKeyedName } from "./run-key.ts";
import type { GrammarName } from "./types.ts";

/**
 * What an identifier may look like. None admits a dot, slash, percent sign, question mark or blank (a file name may
 * have single dots inside, a URI its own slashes):
 * an id of `..` in `/workspaces/{workspaceId}/jobRuns/{jobRunId}` is how a cancel becomes a workspace
 * deletion once a URL library has normalised the path.
 */
export interface Grammar {
  pattern: RegExp;
  allowed: string;
  example: string;
}

export const grammars: Readonly<Record<GrammarName, Grammar>> = {
  workspaceId: {
    pattern: /^w-[A-Za-z0-9]{1,64}$/,
    allowed: "w- followed by 1 to 64 letters or digits",
    example: "w-d2d82aa09155",
  },
  jobRunId: {
    pattern: /^jr-[A-Za-z0-9]{1,64}$/,
    allowed: "jr- followed by 1 to 64 letters or digits",
    example: "jr-93d98d2f7061",
  },
  sessionId: {
    pattern: /^sc-[A-Za-z0-9]{1,64}$/,
    allowed: "sc- followed by 1 to 64 letters or digits",
    example: "sc-dfahdfjafhajd",
  },
  id: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
    allowed: "1 to 128 letters, digits, - or _, starting with a letter or digit",
    example: "kb-c7141f10c3f549fc",
  },
  resourceName: {
    pattern: /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
    allowed: "1 to 64 letters, digits, - or _, starting with a letter or digit",
    example: "dev_queue",
  },
  regionId: {
    pattern: /^[a-z]{2,10}-[a-z]{2,20}(-[a-z0-9]{1,20})?$/,
    allowed: "a region id in lower case",
    example: "cn-hangzhou",
  },
  ossUri: {
    // No empty, `.` or `..` segment, no backslash, no control character; at most 1023 bytes is the storage's own rule.
    pattern: /^oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/(?!\.{1,2}(\/|$))[^/\\\p{C}]+)+$/u,
    allowed: "oss://bucket/key without empty or dot segments",
    example: "oss://lake/jobs/clean.py",
  },
  sha256: {
    pattern: /^[0-9a-f]{64}$/,
    allowed: "64 lower-case hexadecimal digits",
    example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  },
  projectId: {
    pattern: /^[0-9a-f]{32}$/,
    allowed: "32 lower-case hexadecimal digits",
    example: "0123456789abcdef0123456789abcdef",
  },
  uuid: {
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    allowed: "a UUID",
    example: "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01",
  },
  numericId: {
    pattern: /^[0-9]{1,18}$/,
    allowed: "1 to 18 digits",
    example: "148",
  },
  dliName: {
    pattern: /^(?!_)(?![0-9]+$)[A-Za-z0-9_]{1,128}$/,
    allowed: "1 to 128 letters, digits or _, no blank, not starting with _, not digits alone",
    example: "general_q1",
  },
  flinkName: {
    pattern: /^[A-Za-z0-9_-]{1,57}$/,
    allowed: "1 to 57 letters, digits, - or _",
    example: "click_loader",
  },
  keyedName: {
    pattern: new RegExp(`^[^\\p{C}]{1,${longestKeyedName}}$`, "u"),
    allowed: `1 to ${longestKeyedName} characters; the key that makes it findable takes the rest of 128`,
    example: "nightly_load",
  },
  packageName: {
    // Dots only between other characters, so that no name is a dot segment.
    pattern: /^(?=.{1,128}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    allowed: "a file name of letters, digits, - or _, with single dots inside",
    example: "dep.jar",
  },
  bucketName: {
    pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    allowed: "3 to 63 lower-case letters, digits or -",
    example: "acme-dli",
  },
  obsUri: {
    // As ossUri; the storage's own limit of a key is 1024 bytes.
    pattern: /^obs:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/(?!\.{1,2}(\/|$))[^/\\\p{C}]+)+$/u,
    allowed: "obs://bucket/key without empty or dot segments",
    example: "obs://acme-dli/jars/nightly.jar",
  },
};

export function matchesGrammar(name: GrammarName, value: unknown): value is string {
  return typeof value === "string" && grammars[name].pattern.test(value);
}
