import { type Answer, invalidParameter, refuse } from "./errors.ts";
import { type Faults, parseFaults } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";
import type { SignedRequest } from "./signature/acs3.ts";
import { sameText } from "./signature/verify.ts";
import { parseJson } from "./wire.ts";

export interface ControlOptions {
  accessKey: { accessKeySecret: string };
  faults: Faults;
  requestLog: RequestLog;
}

/** Not of any service: for tests. The AccessKey's secret keeps everything else on the machine out. */
export function answerControl(received: SignedRequest, options: ControlOptions): Answer {
  const presented = received.headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  if (!sameText(presented, `Bearer ${options.accessKey.accessKeySecret}`)) {
    return refuse(403, "NoPermission", "The AccessKey secret is needed as a bearer token.");
  }
  switch (`${received.method} ${received.rawPath}`) {
    case "GET /sandbox/requests":
      return { body: { requests: options.requestLog.entries() } };
    case "GET /sandbox/faults":
      return { body: { faults: options.faults.list() } };
    case "POST /sandbox/faults": {
      const faults = parseFaults(parseJson(received.body));
      if (typeof faults === "string") return invalidParameter(faults);
      options.faults.set(faults);
      return { body: { faults } };
    }
    default:
      return refuse(
        404,
        "InvalidAction.NotFound",
        "The sandbox has GET /sandbox/requests, GET and POST /sandbox/faults.",
      );
  }
}
