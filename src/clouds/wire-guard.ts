import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";

/**
 * The last look at a request: method and path as Node's HTTP client is about to write them, after every library
 * between has had its way with them. What matches no admitted operation is destroyed before a byte leaves.
 */

export interface Expectation {
  /** Host the request may go to, with port when it has one. */
  host: string;
  /** The final method, path and query mean this operation, or the request is refused. */
  admits(method: string, path: string, query: string): boolean;
  signal: AbortSignal;
}

/** What the guard saw of the one request of a scope. */
export interface Sighting {
  /** Why it was not let through. */
  refused?: string;
  /** A connection was there, so bytes may have left. */
  connected: boolean;
  response?: { status: number; headers: IncomingMessage["headers"] };
  requests: number;
}

interface Scope {
  expectation: Expectation;
  sighting: Sighting;
}

const scopes = new AsyncLocalStorage<Scope>();
let installed = false;

/** Runs `work`, which makes one HTTP request, under the guard. */
export function guarded<T>(
  expectation: Expectation,
  work: () => Promise<T>,
): { sighting: Sighting; result: Promise<T> } {
  install();
  const sighting: Sighting = { connected: false, requests: 0 };
  return { sighting, result: scopes.run({ expectation, sighting }, work) };
}

function install(): void {
  if (installed) return;
  installed = true;
  subscribe("http.client.request.created", (message) => {
    const { request } = message as { request: ClientRequest };
    const scope = scopes.getStore();
    const reason = scope ? refusalOf(request, scope) : refusalOutsideScope(request);
    if (reason !== undefined) {
      if (scope) scope.sighting.refused = reason;
      request.destroy(new Error(`wire guard: ${reason}`));
      return;
    }
    if (scope) watch(request, scope);
  });
}

function refusalOf(request: ClientRequest, { expectation, sighting }: Scope): string | undefined {
  sighting.requests++;
  const [path = "", ...rest] = request.path.split("?");
  if (isWorkspaceDeletion(request.method, path)) return "deleting a workspace is never sent";
  if (request.getHeader("host") !== expectation.host) return `the host is not ${expectation.host}`;
  if (!expectation.admits(request.method, path, rest.join("?")))
    return `${request.method} ${path} matches no admitted operation`;
  return undefined;
}

/** Whatever else this process sends by HTTP, a workspace deletion is not part of it. */
function refusalOutsideScope(request: ClientRequest): string | undefined {
  const path = request.path.split("?")[0] ?? "";
  return isWorkspaceDeletion(request.method, path) ? "deleting a workspace is never sent" : undefined;
}

/** Independent of the registry on purpose: true for every spelling that a server could take for the deletion. */
export function isWorkspaceDeletion(method: string, path: string): boolean {
  if (method.toUpperCase() !== "DELETE") return false;
  let seen = path.replaceAll("\\", "/");
  for (let round = 0; round < 3; round++) {
    if (isDeletionPath(seen)) return true;
    try {
      const decoded = decodeURIComponent(seen).replaceAll("\\", "/");
      if (decoded === seen) return false;
      seen = decoded;
    } catch {
      return isDeletionPath(seen);
    }
  }
  return isDeletionPath(seen);
}

function isDeletionPath(path: string): boolean {
  const segments: string[] = [];
  for (const segment of path.split(/[?#;]/)[0]?.split("/") ?? []) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment.toLowerCase());
  }
  return segments.length <= 4 && segments.slice(0, 3).join("/") === "api/v1/workspaces";
}

function watch(request: ClientRequest, { expectation, sighting }: Scope): void {
  const abort = () => request.destroy(new Error("cancelled"));
  if (expectation.signal.aborted) {
    abort();
    return;
  }
  expectation.signal.addEventListener("abort", abort, { once: true });
  request.once("close", () => expectation.signal.removeEventListener("abort", abort));
  request.once("socket", (socket) => {
    if (!socket.connecting) sighting.connected = true;
    else socket.once("connect", () => (sighting.connected = true));
  });
  request.prependOnceListener("response", (response: IncomingMessage) => {
    sighting.response = { status: response.statusCode ?? 0, headers: response.headers };
  });
}
