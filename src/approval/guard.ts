import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What stands between this page and every other page, name and program that could speak for the person. */

/**
 * @param own the page's address; no `host` where the server has looked at it already
 * @returns why the request is turned away, before anything of it is looked at
 */
export function foreignRequest(request: IncomingMessage, own: { host?: string; origin: string }): string | undefined {
  // A name that somebody else's DNS points here would make their page one of ours.
  if (own.host !== undefined && request.headers.host !== own.host) {
    return "This page is served under its own address alone.";
  }
  if (request.method !== "POST") return undefined;
  if (request.headers.origin !== own.origin) return "A form of another page was sent.";
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return "A form of another page was sent.";
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) {
    return "Only a form can be sent.";
  }
  return undefined;
}

/** Sets what every answer carries. @returns the nonce of its one style sheet */
export function setGuardHeaders(response: ServerResponse): string {
  const nonce = randomBytes(16).toString("base64");
  const headers: Readonly<Record<string, string>> = {
    "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    // Not `no-referrer`: browsers then send a form with `Origin: null`, and its origin could not be checked.
    "referrer-policy": "same-origin",
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return nonce;
}

const mostBytes = 8 * 1024;

/** @returns undefined when it is too long for a form of ours */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left standing when it is too long, so that it can be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(part);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
