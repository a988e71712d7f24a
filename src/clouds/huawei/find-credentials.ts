import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type CredentialsResult, credentialsInEnvironment, credentialsInFile } from "./credentials.ts";

/** Where a profile says that the credentials are; nothing is tried that it does not name. */
export type CredentialsPlace = "environment" | "file" | "metadata";

export function findCredentials(
  place: CredentialsPlace,
  environment: Readonly<Record<string, string | undefined>>,
  regionId: string,
): CredentialsResult {
  switch (place) {
    case "environment":
      return credentialsInEnvironment(environment, regionId);
    case "metadata":
      return { ok: true, found: { credentials: { kind: "metadata" }, origin: "agency of this ECS" } };
    case "file":
      return inFile(environment.HUAWEICLOUD_SDK_CREDENTIALS_FILE || join(homedir(), ".huaweicloud", "credentials"));
  }
}

function inFile(file: string): CredentialsResult {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "it is no text";
    return { ok: false, problem: `${file} cannot be read (${reason})` };
  }
  const result = credentialsInFile(text);
  return result.ok ? result : { ok: false, problem: `${file}: ${result.problem}` };
}
