import { readAnswer } from "./answer.ts";
import type { Endpoint, Login } from "./connection.ts";
import { exchange } from "./exchange.ts";
import type { Fetched } from "./lease.ts";

const path = "/v3/auth/tokens";
const deadlineMs = 10_000;
const lifeMs = 24 * 60 * 60_000;

/** A project's token for user and password, by IAM (section 2 of the API notes). */
export async function fetchToken(login: Login, iam: Endpoint, now: () => number): Promise<Fetched<string>> {
  const body = JSON.stringify({
    auth: {
      identity: {
        methods: ["password"],
        password: { user: { name: login.user, password: login.password, domain: { name: login.domain } } },
      },
      scope: { project: login.project },
    },
  });
  const asked = now();
  const exchanged = await exchange(
    {
      endpoint: iam,
      method: "POST",
      path,
      query: "nocatalog=true",
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
    },
    (method, seen) => method === "POST" && seen === path,
    AbortSignal.timeout(deadlineMs),
  );
  if (exchanged.kind !== "arrived") return { ok: false, reason: "unreachable", why: `IAM: ${exchanged.why}` };
  const answer = readAnswer(exchanged, now());
  if (answer.kind === "answered") {
    const token = exchanged.headers["x-subject-token"];
    if (typeof token !== "string" || token === "") {
      return { ok: false, reason: "no-credentials", why: "IAM answered without a token" };
    }
    return { ok: true, value: token, expiresAt: expiryOf(answer.body) ?? asked + lifeMs };
  }
  const reason =
    answer.kind === "rejected" && answer.status < 500 && answer.status !== 429 ? "no-credentials" : "unreachable";
  const code = answer.kind === "rejected" && answer.code !== "" ? `${answer.code}: ` : "";
  return { ok: false, reason, why: `IAM gave no token (${code}${answer.message})` };
}

function expiryOf(body: unknown): number | undefined {
  const expiresAt = Date.parse(String((body as { token?: { expires_at?: unknown } } | null)?.token?.expires_at));
  return Number.isNaN(expiresAt) ? undefined : expiresAt;
}
