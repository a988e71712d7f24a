export interface LoggedRequest {
  /** What method and path mean; undefined when they mean nothing or the signature was refused. */
  operation: string | undefined;
  /** What the client said it was calling (x-acs-action); method and path decide, not this. */
  declaredAction: string | undefined;
  method: string;
  /** As it arrived, before any normalisation. */
  path: string;
  at: number;
  status: number | "reset";
}

export interface RequestLog {
  /** The latest requests, oldest first. */
  entries(): LoggedRequest[];
  /** Calls that reached an operation with a valid signature, since the start. */
  count(operation: string): number;
}

export interface RequestRecorder extends RequestLog {
  record(request: LoggedRequest): void;
}

export function createRequestLog(limit = 1000): RequestRecorder {
  const kept: LoggedRequest[] = [];
  const counts = new Map<string, number>();
  return {
    entries: () => [...kept],
    count: (operation) => counts.get(operation) ?? 0,
    record(request) {
      kept.push(request);
      if (kept.length > limit) kept.shift();
      if (request.operation) counts.set(request.operation, (counts.get(request.operation) ?? 0) + 1);
    },
  };
}
