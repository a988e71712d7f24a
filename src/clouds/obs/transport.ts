import { matchesGrammar } from "../../operations/grammar.ts";
import type { HuaweiCredentials } from "../huawei/connection.ts";
import type { Arrived } from "../huawei/exchange.ts";
import { withoutSecrets } from "../known-secrets.ts";
import type { CloudAnswer, CloudTransport, SendOptions, WireRequest } from "../transport.ts";
import { parseEndpoint, parseObsUri } from "./address.ts";
import { readBuckets, readComplaint, readHead, readObjects, readText, requestIdOf } from "./answers.ts";
import { putObject } from "./put.ts";
import { createObsSender, type ObsRequest, type ObsSender } from "./sender.ts";

export interface ObsProfile {
  /** `https://obs.<region>.myhuaweicloud.com` when absent; plain HTTP for this machine alone. */
  endpoint?: string;
  regionId: string;
  credentials: HuaweiCredentials;
}

/** More of an object is not read: it is for a person or a model to look at. */
const mostTextBytes = 1024 * 1024;

/** @param profile asked once, and again while there is none */
export function createObsTransport(profile: () => Promise<ObsProfile>): CloudTransport {
  let opened: Promise<ObsSender> | undefined;
  return {
    async send(request, options) {
      opened ??= profile().then(open);
      let sender: ObsSender;
      try {
        sender = await opened;
      } catch (error) {
        opened = undefined;
        const message = error instanceof Error ? error.message : String(error);
        return { kind: "not-sent", reason: "no-credentials", message };
      }
      return withoutSecrets(await perform(sender, request, options), sender.secrets());
    },
  };
}

function open({ endpoint, regionId, credentials }: ObsProfile): ObsSender {
  const parsed = parseEndpoint(endpoint, regionId);
  if (!parsed) {
    throw new Error(
      "the OBS endpoint is not allowed; it is an https URL without a path, as https://obs.cn-north-4.myhuaweicloud.com",
    );
  }
  return createObsSender(parsed, credentials);
}

async function perform(sender: ObsSender, request: WireRequest, options: SendOptions): Promise<CloudAnswer> {
  const { operation, method } = request;
  if (method !== (operation === "ObsPutObject" ? "PUT" : "GET")) return guarded(`${method} is not ${operation}`);
  const named = nameIn(request.path);
  if (named === undefined) return guarded(`${request.path} has another spelling`);
  if (operation === "ObsListBuckets") {
    if (named !== "") return guarded(`${request.path} is not ${operation}`);
    return read(sender, { kind: "listBuckets", method: "GET", subject: {}, query: {} }, options, readBuckets);
  }
  if (operation === "ObsListObjects") {
    if (!matchesGrammar("bucketName", named)) return guarded(`${named} is no bucket`);
    const listing: ObsRequest = {
      kind: "listObjects",
      method: "GET",
      subject: { bucket: named },
      query: pageOf(request),
    };
    return read(sender, listing, options, (arrived) => readObjects(arrived, named));
  }
  const subject = parseObsUri(named);
  if (!subject) return guarded(`${named} is no object, as obs://bucket/key`);
  switch (operation) {
    case "ObsHeadObject": {
      const answer = await read(sender, { kind: "head", method: "HEAD", subject, query: {} }, options, readHead);
      const isAbsent = answer.kind === "rejected" && answer.status === 404 && answer.code !== "NoSuchBucket";
      return isAbsent ? { kind: "answered", body: { exists: false } } : answer;
    }
    case "ObsGetObject": {
      const get: ObsRequest = { kind: "get", method: "GET", subject, query: {}, cutAfterBytes: mostTextBytes };
      return read(sender, get, options, (arrived) => readText(arrived, named));
    }
    case "ObsPutObject":
      return putObject(sender, subject, request.body ?? {}, options);
    default:
      return guarded(`${operation} is not an operation of this storage`);
  }
}

async function read(
  sender: ObsSender,
  request: ObsRequest,
  options: SendOptions,
  view: (arrived: Arrived) => unknown,
): Promise<CloudAnswer> {
  const sent = await sender.send(request, options);
  if (sent.kind !== "arrived") return sent;
  const complaint = await readComplaint(sent);
  if (complaint) return complaint;
  const body = await view(sent);
  if (body === undefined) return { kind: "lost", message: "the answer cannot be read" };
  const requestId = requestIdOf(sent.headers);
  return { kind: "answered", body, ...(requestId !== undefined && { requestId }) };
}

/** What the path names; undefined when it is not written the one way that paths are rendered. */
function nameIn(path: string): string | undefined {
  try {
    const name = decodeURIComponent(path.slice(1));
    return path === `/${encodeURIComponent(name)}` ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway gives every request a region besides. */
function pageOf({ query }: WireRequest): Record<string, string> {
  const names = ["prefix", "marker", "max-keys", "delimiter"];
  return Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name)));
}

function guarded(message: string): CloudAnswer {
  return { kind: "not-sent", reason: "guard", message };
}
