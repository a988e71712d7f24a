export type StorageCode =
  | "invalid_input"
  | "invalid_profile"
  | "refused_by_guard"
  | "aborted"
  | "timeout"
  | "unreachable"
  | "access_denied"
  | "bad_credentials"
  | "wrong_endpoint"
  | "bucket_not_found"
  | "object_not_found"
  | "already_exists"
  | "too_large"
  | "throttled"
  | "server_error"
  | "rejected"
  | "local_file";

export interface StorageFailure {
  ok: false;
  code: StorageCode;
  message: string;
  /** `unknown`: the request was on its way when it failed; look the object up before trying again. */
  outcome: "not_done" | "unknown";
  status?: number;
  requestId?: string;
}

export interface StorageSuccess<T> {
  ok: true;
  value: T;
  requestId: string;
}

export type StorageResult<T> = StorageSuccess<T> | StorageFailure;

export function failure(
  code: StorageCode,
  message: string,
  extra: Partial<Pick<StorageFailure, "outcome" | "status" | "requestId">> = {},
): StorageFailure {
  return { ok: false, code, message, outcome: "not_done", ...extra };
}

const MAX_MESSAGE = 500;

/** What OSS said, for a person: no secret, no control characters, not without end. */
export function cleanMessage(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/\p{Cc}+/gu, " ").trim();
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "***");
  return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE)}…` : clean;
}

/** https://help.aliyun.com/zh/oss/developer-reference/error-responses */
export function codeOf(status: number, ossCode: string, message: string): StorageCode {
  if (status >= 300 && status < 400) return "wrong_endpoint";
  if (/must be addressed using the specified endpoint/.test(message)) return "wrong_endpoint";
  if (/Invalid signing region/.test(message)) return "wrong_endpoint";
  const known: Readonly<Record<string, StorageCode>> = {
    FileAlreadyExists: "already_exists",
    NoSuchBucket: "bucket_not_found",
    NoSuchKey: "object_not_found",
    NoSuchUpload: "rejected",
    InvalidAccessKeyId: "bad_credentials",
    SignatureDoesNotMatch: "bad_credentials",
    SecurityTokenExpired: "bad_credentials",
    InvalidSecurityToken: "bad_credentials",
    RequestTimeTooSkewed: "bad_credentials",
    EntityTooLarge: "too_large",
  };
  const code = known[ossCode];
  if (code !== undefined) return code;
  if (status === 403) return "access_denied";
  if (status === 404) return "object_not_found";
  if (status === 429 || status === 503) return "throttled";
  return status >= 500 ? "server_error" : "rejected";
}
