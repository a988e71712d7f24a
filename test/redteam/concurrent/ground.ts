import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openAuthenticator } from "../../../src/approval/authenticator.ts";
import { createDecider } from "../../../src/approval/decide.ts";
import { createEmrTransport } from "../../../src/clouds/emr/transport.ts";
import { systemClock } from "../../../src/gateway/clock.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import type { Ledger } from "../../../src/ledger/types.ts";
import { type HttpServer, serveHttp } from "../../../src/server/http.ts";
import type { Log } from "../../../src/server/log.ts";
import { createServerFactory } from "../../../src/server/server.ts";
import { cancelJobRun, getJobRun } from "../../../tools/emr/job-runs.ts";
import { patientPolicy } from "../../doubles/patient-policy.ts";
import { newDataFolder, onCleanUp } from "../../doubles/sandbox-emr.ts";
import { type JobRunCloud, startJobRunCloud } from "./cloud.ts";

/** Two doors to one gateway, ledger and signing key, so that what keeps them apart is who came in by which. */
export interface Ground {
  cloud: JobRunCloud;
  ledger: Ledger;
  /** For anybody on this machine. */
  open: HttpServer;
  /** For whoever has the token, who is another principal; it waits a short while only for a person's answer. */
  guarded: HttpServer & { token: string };
  /** What the servers had to say, by level. */
  logged: { warnings: string[]; errors: string[] };
  /** What a person decides outside of the client, with a connection to the ledger of its own. */
  decide(target: string, verdict: "approved" | "declined"): void;
}

/** Longer than the whole run may take. */
const patientMs = 110_000;
const impatientMs = 4_000;

export async function openGround(): Promise<Ground> {
  const folder = newDataFolder();
  const cloud = await startJobRunCloud();
  onCleanUp(() => cloud.close());
  const file = join(folder, "ledger.db");
  const [ledger, deskLedger] = [openLedger(file), openLedger(file)];
  onCleanUp(() => [ledger, deskLedger].map((each) => each.close()));
  const policy = patientPolicy();
  const emr = createEmrTransport({
    host: cloud.host,
    protocol: "http",
    credentials: { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" },
  });
  const gateway = createGateway({
    profile: {
      name: "test",
      cloud: "emr",
      environment: "cloud",
      regionId: "cn-hangzhou",
      endpoint: cloud.host,
      mode: "full",
      identity: "tester",
    },
    policy: () => policy,
    ledger: () => ledger,
    transport: async () => emr,
    clock: systemClock,
    newToken: () => randomBytes(16).toString("hex"),
    outOfBand: async (planId) => ({ command: `approve ${planId}` }),
  });

  const logged: Ground["logged"] = { warnings: [], errors: [] };
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => void logged.warnings.push(message),
    error: (message, fields) => void logged.errors.push(`${message} ${String(fields?.error ?? "")}`),
  };
  const requestStateKey = randomBytes(32);
  const factoryThatWaits = (approvalTimeoutMs: number) =>
    createServerFactory({
      tools: [getJobRun, cancelJobRun],
      open: async () => ({ gateway }),
      version: "0.0.0",
      instructions: "",
      requestStateKey: () => requestStateKey,
      approvalTimeoutMs,
      log,
    });
  const token = randomBytes(32).toString("hex");
  const open = await serveHttp({ factory: factoryThatWaits(patientMs), port: 0, log });
  onCleanUp(() => open.close());
  const guarded = await serveHttp({ factory: factoryThatWaits(impatientMs), port: 0, log, bearerToken: token });
  onCleanUp(() => guarded.close());

  const authenticator = openAuthenticator(join(folder, "authenticator.db"));
  const desk = createDecider({ ledger: deskLedger, authenticator, clock: systemClock, by: "page" });
  return {
    cloud,
    ledger,
    open,
    guarded: { ...guarded, token },
    logged,
    decide(target, verdict) {
      const plan = deskLedger.listPlans({ state: "waiting", limit: 2_000 }).find((each) => each.target === target);
      const wish = verdict === "approved" ? ({ verdict, name: target } as const) : ({ verdict } as const);
      const decided = desk.decide(plan?.planId ?? "none", wish);
      if (decided.kind !== "decided") throw new Error(`${target} could not be decided: ${decided.why}`);
    },
  };
}
