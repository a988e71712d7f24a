import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { findOperation, operationIndex } from "../operations/registry.ts";
import { createRouteMatcher } from "../operations/routes.ts";
import type { OperationRow } from "../operations/types.ts";
import { answerControl } from "./control.ts";
import type { EmrContext } from "./emr/context.ts";
import { isObject, type RegionIdRule } from "./emr/input.ts";
import { perform } from "./emr/operations.ts";
import { type Answer, invalidParameter, refuse, type ServiceError } from "./errors.ts";
import { type Faults, faultError, strikeBeforeEffect } from "./faults.ts";
import { normalisePath } from "./paths.ts";
import type { LoggedRequest, RequestRecorder } from "./request-log.ts";
import { parseQuery, type SignedRequest } from "./signature/acs3.ts";
import { type AccessKey, createSignatureVerifier } from "./signature/verify.ts";
import { answerSts } from "./sts.ts";
import { answerBrokenRequests, parseJson, readBody, signedRequest } from "./wire.ts";

export interface ServerOptions {
  emr: EmrContext;
  accessKey: AccessKey;
  faults: Faults;
  requestLog: RequestRecorder;
  regionIdRule: RegionIdRule;
}

const largestBody = 4 * 1024 * 1024;

/** The endpoints of EMR Serverless Spark and of STS, over plain HTTP and on one port. */
export function createControlPlane(options: ServerOptions): Server {
  const matchRoute = createRouteMatcher(operationIndex);
  const verify = createSignatureVerifier(options.accessKey, options.emr.now);

  const server = createServer((request, response) => {
    serve(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, undefined, refuse(500, "InternalError", "The request processing has failed."));
    });
  });
  answerBrokenRequests(server, () => {
    const { error } = refuse(400, "InvalidRequest", "The request is not valid HTTP.");
    return JSON.stringify(errorDocument(error, randomUUID().toUpperCase(), undefined));
  });
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, largestBody);
    if (!body) {
      send(response, undefined, refuse(413, "RequestTooLarge", "The request body is too large."));
      return;
    }
    const received = signedRequest(request, body);
    if (received.rawPath.startsWith("/sandbox/")) {
      send(response, undefined, answerControl(received, options));
      return;
    }

    const logged: LoggedRequest = {
      operation: undefined,
      declaredAction: headerText(request, "x-acs-action"),
      method: received.method,
      path: request.url ?? "",
      at: options.emr.now(),
      status: "reset",
    };
    try {
      const outcome = await answer(received, logged);
      if (outcome === "reset") {
        request.socket.destroy();
        return;
      }
      logged.status = "error" in outcome.answer ? outcome.answer.error.status : 200;
      send(response, outcome.row, outcome.answer);
    } finally {
      options.requestLog.record(logged);
    }
  }

  async function answer(
    received: SignedRequest,
    logged: LoggedRequest,
  ): Promise<{ row?: OperationRow; answer: Answer } | "reset"> {
    const refused = verify(received);
    if (refused) return { answer: { error: refused } };
    const identity = answerSts(received, options.emr.accountId);
    if (identity) return { answer: identity };
    const route = matchRoute(received.method, normalisePath(received.rawPath));
    const row = route && findOperation(route.operation);
    if (!route || !row) {
      return {
        answer: refuse(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."),
      };
    }
    logged.operation = row.name;

    const fault = options.faults.take(row.name);
    const struck = await strikeBeforeEffect(fault);
    if (struck === "reset") return struck;
    if (struck) return { row, answer: { error: faultError(struck) } };
    const body = parseBody(received.body);
    const done = body
      ? await perform(
          row,
          { path: route.parameters, query: Object.fromEntries(parseQuery(received.rawQuery)), body },
          options.emr,
          options.regionIdRule,
        )
      : invalidParameter("The body must be a JSON object.");
    if (fault?.kind === "resetAfterEffect") return "reset";
    if (fault?.kind === "slowAfterEffect") await delay(fault.delayMs ?? 1000);
    return { row, answer: fault?.kind === "serverErrorAfterEffect" ? { error: faultError(fault) } : done };
  }
}

function send(response: ServerResponse, row: OperationRow | undefined, answer: Answer): void {
  const requestId = randomUUID().toUpperCase();
  const common = { "content-type": "application/json;charset=utf-8", "x-acs-request-id": requestId };
  if ("error" in answer) {
    const { status, retryAfterMs } = answer.error;
    response.writeHead(status, {
      ...common,
      ...(retryAfterMs === undefined ? {} : { "x-acs-retry-after": String(retryAfterMs) }),
    });
    response.end(JSON.stringify(errorDocument(answer.error, requestId, response.req.headers.host)));
    return;
  }
  response.writeHead(200, common);
  // EditWorkspaceQueue and DeleteWorkspaceQueue spell it RequestId.
  const member = row?.response?.properties && "RequestId" in row.response.properties ? "RequestId" : "requestId";
  response.end(JSON.stringify({ [member]: requestId, ...answer.body }));
}

/** Upper-case first letters, as gateways of Alibaba Cloud write errors. */
function errorDocument(error: ServiceError, requestId: string, host: string | undefined): Record<string, unknown> {
  const question = encodeURIComponent(error.code ?? "");
  return {
    RequestId: requestId,
    Code: error.code,
    Message: error.message,
    HostId: host,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${question}&product=emr-serverless-spark`,
  };
}

function parseBody(body: Uint8Array): Record<string, unknown> | undefined {
  if (body.length === 0) return {};
  const value = parseJson(body);
  return isObject(value) ? value : undefined;
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
