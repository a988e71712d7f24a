/** From a fresh clone to real jobs in a sandbox, every step through MCP. See `usage` in options.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";
import { createApprovals } from "./approval.ts";
import { type DliReport, questionsOfDliTour, runDliTour } from "./dli-tour.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { createPage, type Page } from "./page.ts";
import { buildServer, prepareFlink, prepareSpark } from "./prepare.ts";
import { openSession, type Session, type SessionParts } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { questionsOfTour, runTour, type TourReport } from "./tour.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  if ("help" in options) {
    console.log(usage);
    return 0;
  }
  if ("problem" in options) {
    console.error(`${options.problem}\n\n${usage}`);
    if (args.includes("--json")) print({ ok: false, error: { code: "USAGE", problem: options.problem, fix: usage } });
    return 2;
  }

  const page = createPage(options.json ? process.stderr : process.stdout);
  const started = Date.now();
  const report: TourReport | DliReport =
    options.cloud === "dli"
      ? { environment: "sandbox", queues: { general: "", sql: "" } }
      : { environment: "sandbox", workspaceId: "", jobs: [], cuHours: 0, jobRunsListed: 0 };
  const interrupt = interruptedBySignal();
  const { signal } = interrupt;
  const approvals = createApprovals({
    yes: options.yes,
    page,
    expected: options.cloud === "dli" ? questionsOfDliTour : questionsOfTour,
    signal,
  });
  let server: Pick<Session, "protocol" | "server"> | undefined;
  let error: Stopped | undefined;
  try {
    server = await run(options, { page, approvals, report, signal });
  } catch (thrown) {
    error = asStopped(thrown, interrupt);
    page.blank();
    page.say(`Stopped: ${error.message}`);
    page.say(`What to do: ${error.fix}`);
  }
  if (options.json) {
    print({
      ok: error === undefined,
      ...report,
      ...(server && { server: server.server, protocol: server.protocol }),
      approvals: { asked: approvals.asked(), answeredBy: options.yes ? "--yes" : "person" },
      wallMs: Date.now() - started,
      ...(error && { error: { code: error.code, problem: error.message, fix: error.fix } }),
    });
  }
  if (error === undefined) return 0;
  return interrupt.exitCode() ?? 1;
}

function print(document: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(document, null, 2));
}

interface Parts {
  page: Page;
  approvals: ReturnType<typeof createApprovals>;
  report: TourReport | DliReport;
  signal: AbortSignal;
}

async function run(options: Options, parts: Parts): Promise<Pick<Session, "protocol" | "server">> {
  const { page, approvals, report, signal } = parts;
  if (!options.yes && !process.stdin.isTTY) {
    throw new Stopped(
      "NOBODY_TO_ASK",
      "There is no terminal to ask a person on, so nothing was created.",
      "Run it in a terminal, or give --yes to approve every step: npm run quickstart -- --yes",
    );
  }
  const what = options.cloud === "dli" ? "A real Spark batch, a SQL job and a Flink job" : "Three real Spark jobs";
  page.say(
    `${what} on this machine, run the way an assistant runs them: through MCP, every write approved first. No account is used and nothing costs money.`,
  );
  if (options.yes) page.say("--yes was given: every question is approved without asking anybody.");

  page.heading("Getting ready");
  buildServer();
  page.say("The server is built.");
  const spark = await prepareSpark((line) => console.error(`    ${line}`), signal);
  page.say(`Java, Python and Apache Spark ${spark.sparkVersion} are ready.`);

  const home = mkdtempSync(join(tmpdir(), "spark-workspace-quickstart-"));
  try {
    const session =
      "queues" in report
        ? await dliPart(report, { home, page, approvals, signal })
        : await emrPart(report, spark.piJar, { home, page, approvals, signal });
    farewell(page, options.cloud);
    return session;
  } finally {
    if (options.keep) page.say(`The sandbox's folder is kept: ${home}`);
    else rmSync(home, { recursive: true, force: true });
  }
}

type Place = Omit<SessionParts, "profile">;

async function emrPart(report: TourReport, piJar: string, place: Place): Promise<Session> {
  const { page, approvals, signal } = place;
  const session = await openSession({ ...place, profile: "sandbox" });
  try {
    page.say(`${session.server} answers on stdio (MCP ${session.protocol}).`);
    await runTour({ session, approvals, page }, piJar, report, signal);
  } finally {
    await session.close();
  }
  return session;
}

async function dliPart(report: DliReport, place: Place): Promise<Session> {
  const { page, signal } = place;
  const flink = await prepareFlink((line) => console.error(`    ${line}`), signal);
  page.say(`Apache Flink ${flink.flinkVersion} is ready.`);
  const open = () => openSession({ ...place, profile: "sandbox-dli" });
  return runDliTour({ ...place, open, rollingCountJar: flink.rollingCountJar }, report);
}

function farewell(page: Page, cloud: Options["cloud"]): void {
  page.heading("Where to go next");
  page.say("Connect your assistant to this server, for example Claude Code:");
  page.blank();
  page.say(
    `  claude mcp add spark-workspace ${cloud === "dli" ? "-e SPARK_WORKSPACE_CLOUD=dli " : ""}-- \\\n    ${process.execPath} \\\n    ${join(packageRoot, "dist", "bin.js")}`,
  );
  page.blank();
  page.say("Without an account it works on the sandbox. For your own account:");
  page.blank();
  const credentials =
    cloud === "dli"
      ? ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]
      : ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"];
  for (const name of [...credentials, "SPARK_WORKSPACE_REGION"]) {
    page.say(`  export ${name}=...`);
  }
  page.say("  node dist/bin.js doctor");
  page.blank();
  page.say("doctor says what is still missing; README.md has the rest.");
}

function interruptedBySignal(): { signal: AbortSignal; exitCode: () => number | undefined } {
  const controller = new AbortController();
  let code: number | undefined;
  // Kept for good: a terminal and npm may each send the same signal, and cleaning up must not be cut short by the second.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      code ??= 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}

function asStopped(error: unknown, interrupt: { exitCode: () => number | undefined }): Stopped {
  if (interrupt.exitCode() !== undefined) {
    return new Stopped("INTERRUPTED", "It was interrupted, and what ran was ended.", "Run it again when you like.");
  }
  if (error instanceof Stopped) {
    // What the server says next is meant for an assistant.
    return error.code === "DECLINED" ? new Stopped(error.code, error.message, "Run it again when you like.") : error;
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Stopped("BUG", `The quickstart itself failed: ${reason}`, "Please report this with the text above.");
}
