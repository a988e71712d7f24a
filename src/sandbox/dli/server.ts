import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { dliIndex, findOperation } from "../../operations/registry.ts";
import { createRouteMatcher, type RouteMatch } from "../../operations/routes.ts";
import type { OperationRow } from "../../operations/types.ts";
import { answerControl } from "../control.ts";
import { isObject } from "../emr/input.ts";
import { type Faults, strikeBeforeEffect } from "../faults.ts";
import { normalisePath } from "../paths.ts";
import type { LoggedRequest, RequestRecorder } from "../request-log.ts";
import { parseQuery, type SignedRequest } from "../signature/acs3.ts";
import type { AccessKey } from "../signature/verify.ts";
import { answerBrokenRequests, parseJson, readBody, signedRequest } from "../wire.ts";
import { badParameter, type DliAnswer, dliError } from "./answers.ts";
import type { DliContext } from "./context.ts";
import { loginOperation } from "./differences.ts";
import * as gateway from "./gateway-errors.ts";
import { issueToken, isValidToken } from "./iam.ts";
import type { Perform } from "./operations.ts";
import { checkDliSignature } from "./signature.ts";
import { recordTrace } from "./traces.ts";

export interface DliServerOptions {
  dli: DliContext;
  perform: Perform;
  accessKey: AccessKey;
  faults: Faults;
  requestLog: RequestRecorder;
}

/** Section 2 of the API notes: signed bodies end there. */
const largestBody = 12 * 1024 * 1024;

/** What comes of one call, before it is sent. */
interface Outcome {
  row?: OperationRow;
  answer: DliAnswer;
}

/** The endpoints of DLI, IAM, Cloud Eye and CTS, over plain HTTP and on one port: their paths tell them apart. */
export function createDliServer(options: DliServerOptions): Server {
  const { dli, perform, faults, requestLog } = options;
  const { accessKeyId, accessKeySecret: secretAccessKey } = options.accessKey;
  const key = { accessKeyId, secretAccessKey };
  const matchRoute = createRouteMatcher(dliIndex);

  const server = createServer((request, response) => {
    const requestId = newRequestId();
    serve(request, response, requestId).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, { answer: gateway.brokenBackend }, requestId);
    });
  });
  answerBrokenRequests(server, () => JSON.stringify(errorDocument(gateway.brokenRequest.error, newRequestId())));
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const body = await readBody(request, largestBody);
    if (!body) return send(response, { answer: gateway.tooLarge }, requestId);
    const received = signedRequest(request, body);
    if (received.rawPath.startsWith("/sandbox/")) {
      const control = answerControl(received, options);
      const answer =
        "error" in control
          ? dliError(control.error.status, control.error.code ?? "", control.error.message)
          : { body: control.body };
      return send(response, { answer }, requestId);
    }

    const logged: LoggedRequest = {
      operation: undefined,
      declaredAction: undefined,
      method: received.method,
      path: request.url ?? "",
      at: dli.now(),
      status: "reset",
    };
    try {
      const outcome = await answer(received, logged, requestId);
      if (outcome === "reset") {
        request.socket.destroy();
        return;
      }
      logged.status = statusOf(outcome);
      send(response, outcome, requestId);
    } finally {
      requestLog.record(logged);
    }
  }

  async function answer(received: SignedRequest, logged: LoggedRequest, requestId: string): Promise<Outcome | "reset"> {
    const route = matchRoute(received.method, normalisePath(received.rawPath));
    const row = route && findOperation(route.operation);
    // Nobody has to sign a login.
    const refused = row?.name === loginOperation ? undefined : refusedIdentity(received);
    if (refused) return { answer: refused };
    if (!route || !row) return { answer: gateway.unknownApi };
    logged.operation = row.name;

    const fault = faults.take(row.name);
    const struck = await strikeBeforeEffect(fault);
    if (struck === "reset") return struck;
    if (struck) return { row, answer: gateway.faultAnswer(struck) };
    const done = await carryOut(row, route, received, requestId);
    if (fault?.kind === "resetAfterEffect") return "reset";
    if (fault?.kind === "slowAfterEffect") await delay(fault.delayMs ?? 1000);
    return { row, answer: fault?.kind === "serverErrorAfterEffect" ? gateway.brokenBackend : done };
  }

  function refusedIdentity(received: SignedRequest): DliAnswer | undefined {
    const token = headerOf(received, "x-auth-token");
    if (token === "" || headerOf(received, "authorization") !== "") {
      const refusal = checkDliSignature(received, key, dli.now());
      return refusal && { error: refusal };
    }
    return isValidToken(token, key, dli.now()) ? undefined : gateway.refusedIdentity("the token is not valid");
  }

  async function carryOut(
    row: OperationRow,
    route: RouteMatch,
    received: SignedRequest,
    requestId: string,
  ): Promise<DliAnswer> {
    const project = route.parameters.project_id ?? dli.projectId;
    if (project !== dli.projectId) return gateway.foreignProject;
    const mediaType = headerOf(received, "content-type").split(";")[0]?.trim().toLowerCase();
    if (received.body.length > 0 && mediaType !== "application/json") return gateway.refusedMediaType;
    const body = received.body.length === 0 ? {} : parseJson(received.body);
    if (!isObject(body)) return badParameter("The body must be a JSON object.");
    if (row.name === loginOperation) return issueToken(body, key, dli);
    const { project_id: _, ...path } = route.parameters;
    const done = await perform(row, { path, query: parseQuery(received.rawQuery), body });
    recordTrace({ row, path, body, answer: done, status: statusOf({ row, answer: done }), requestId }, dli);
    return done;
  }
}

function statusOf({ row, answer }: Outcome): number {
  return "error" in answer ? answer.error.status : (answer.status ?? row?.successStatus ?? 200);
}

function send(response: ServerResponse, outcome: Outcome, requestId: string): void {
  const { answer } = outcome;
  const status = statusOf(outcome);
  const isError = "error" in answer;
  const body = isError ? errorDocument(answer.error, requestId) : answer.body;
  const hasBody = status !== 204 && body !== undefined;
  const retryAfterMs = isError ? answer.error.retryAfterMs : undefined;
  response.writeHead(status, {
    "X-Request-Id": requestId,
    ...(hasBody && { "Content-Type": "application/json;charset=utf-8" }),
    ...(retryAfterMs !== undefined && { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) }),
    ...(isError ? {} : answer.headers),
  });
  response.end(hasBody ? JSON.stringify(body) : undefined);
}

/** The gateway's own refusals name the request in the body, too. */
function errorDocument(error: { error_code: string; error_msg: string }, requestId: string): Record<string, string> {
  const { error_code, error_msg } = error;
  return { error_code, error_msg, ...(error_code.startsWith("APIGW.") && { request_id: requestId }) };
}

function newRequestId(): string {
  return randomUUID().replaceAll("-", "");
}

function headerOf(request: SignedRequest, name: string): string {
  return request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1].trim() ?? "";
}
