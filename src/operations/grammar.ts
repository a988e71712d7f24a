import type { GrammarName } from "./types.ts";

/**
 * What an identifier may look like. None admits a dot, slash, percent sign, question mark or blank:
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
};

export function matchesGrammar(name: GrammarName, value: unknown): value is string {
  return typeof value === "string" && grammars[name].pattern.test(value);
}
