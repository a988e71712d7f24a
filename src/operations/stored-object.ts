import type { Parameter } from "./types.ts";

/** What writing one object takes and gives, the same in both storages; only the file of the example differs. */
export function contentOf(file: string): readonly Parameter[] {
  return [
    {
      name: "sha256",
      in: "body",
      type: "string",
      required: true,
      description: "SHA-256 of the content, lower-case hex",
      example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      grammar: "sha256",
    },
    { name: "bytes", in: "body", type: "integer", required: true, description: "Size in bytes", example: 1024 },
    {
      name: "localPath",
      in: "body",
      type: "string",
      required: false,
      description: "Absolute path of the file to send",
      example: file,
    },
    { name: "content", in: "body", type: "string", required: false, description: "The content itself", example: "" },
    {
      name: "overwrite",
      in: "body",
      type: "boolean",
      required: true,
      description: "Whether an existing object may be replaced",
      example: false,
    },
  ];
}

export const writtenObject = {
  type: "object",
  properties: { uri: { type: "string" }, bytes: { type: "integer" }, etag: { type: "string" } },
} as const;
