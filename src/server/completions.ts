import type { Gateway } from "../gateway/gateway.ts";
import type { CallContext, Clock, Operation, Principal, Requests, Responses } from "../gateway/types.ts";
import type { Language } from "../language.ts";
import { matchesGrammar } from "../operations/grammar.ts";
import type { GrammarName } from "../operations/types.ts";
import type { CompletionSource, completionSources } from "./prompt.ts";

/** What arguments of prompts complete from: reads through the gateway, as a tool makes them, and nothing else. */

export interface CompleterParts {
  open: () => Promise<{ gateway: Gateway }>;
  clock: Pick<Clock, "now">;
  language: Language;
}

export interface Question {
  source: CompletionSource;
  typed: string;
  /** The prompt's other arguments, as far as they are filled in. */
  given: Readonly<Record<string, string>>;
  requester: string;
  principal?: Principal;
}

/** Best match first; none when it cannot be read, for whatever reason. */
export type Completer = (question: Question) => Promise<readonly string[]>;

interface Candidate {
  value: string;
  /** What people call it. It is found by that too, and never handed out: somebody else wrote it. */
  name?: string;
}

/** Undefined: it was not read. */
type Read = <Name extends Operation>(operation: Name, input: Requests[Name]) => Promise<Responses[Name] | undefined>;
type Source = (read: Read, given: Question["given"]) => Promise<readonly Candidate[]>;

/** A client asks at every key that is hit. */
const keptMs = 10_000;
const mostKept = 100;
/** Who types waits no longer; a read that took longer is made again by the next key. */
const patienceMs = 8_000;
const mostRows = 100;

const sources: {
  readonly [Cloud in keyof typeof completionSources]: Readonly<
    Record<(typeof completionSources)[Cloud][number], Source>
  >;
} = {
  emr: {
    workspaces,
    async queues(read, given) {
      const workspaceId = await workspaceOf(read, given);
      const answer = workspaceId === undefined ? undefined : await read("ListWorkspaceQueues", { workspaceId });
      return candidates("resourceName", answer?.queues, ({ queueName }) => [queueName]);
    },
    jobRuns: (read, given) => jobRuns(read, given),
    failedJobRuns: (read, given) => jobRuns(read, given, ["Failed"]),
    async kyuubiServices(read, given) {
      const workspaceId = await workspaceOf(read, given);
      const answer = workspaceId === undefined ? undefined : await read("ListKyuubiServices", { workspaceId });
      return candidates("id", answer?.data?.kyuubiServices, ({ kyuubiServiceId, name }) => [kyuubiServiceId, name]);
    },
  },
  dli: {
    async queues(read) {
      const answer = await read("ListQueues", { queue_type: "all" });
      return candidates("dliName", answer?.queues, ({ queue_name }) => [queue_name]);
    },
    batches: (read) => batches(read),
    failedBatches: (read) => batches(read, "dead"),
    async flinkJobs(read) {
      const answer = await read("ListFlinkJobs", { limit: mostRows, offset: 0 });
      return candidates("numericId", answer?.job_list?.jobs, ({ job_id, name }) => [job_id?.toString(), name]);
    },
  },
};

async function workspaces(read: Read): Promise<readonly Candidate[]> {
  const answer = await read("ListWorkspaces", { maxResults: mostRows });
  return candidates("workspaceId", answer?.workspaces, ({ workspaceId, workspaceName }) => [
    workspaceId,
    workspaceName,
  ]);
}

/** The one that was filled in, else the only one there is. */
async function workspaceOf(read: Read, { workspaceId }: Question["given"]): Promise<string | undefined> {
  if (workspaceId) return matchesGrammar("workspaceId", workspaceId) ? workspaceId : undefined;
  const [only, second] = await workspaces(read);
  return second === undefined ? only?.value : undefined;
}

async function jobRuns(
  read: Read,
  given: Question["given"],
  states?: readonly string[],
): Promise<readonly Candidate[]> {
  const workspaceId = await workspaceOf(read, given);
  if (workspaceId === undefined) return [];
  const answer = await read("ListJobRuns", { workspaceId, maxResults: mostRows, ...(states && { states }) });
  return candidates("jobRunId", answer?.jobRuns, ({ jobRunId, name }) => [jobRunId, name]);
}

async function batches(read: Read, state?: "dead"): Promise<readonly Candidate[]> {
  const answer = await read("ListSparkJobs", {
    from: 0,
    size: mostRows,
    order: "CREATE_TIME_DESC",
    ...(state && { state }),
  });
  return candidates("uuid", answer?.sessions, ({ id, name }) => [id, name]);
}

/** What a person picks becomes their own words to a model, so nothing is offered that is not of the form of an id. */
function candidates<Row>(
  grammar: GrammarName,
  rows: readonly Row[] | undefined,
  say: (row: Row) => readonly [value: string | undefined, name?: string | undefined],
): Candidate[] {
  return (rows ?? []).flatMap((row) => {
    const [value, name] = say(row);
    return matchesGrammar(grammar, value) ? [{ value, ...(name !== undefined && { name }) }] : [];
  });
}

export function createCompleter({ open, clock, language }: CompleterParts): Completer {
  const kept = new Map<string, { readAt: number; found: Promise<readonly Candidate[]> }>();
  /** Policy puts reads to a person. Typing is no reason to bother them, nor to come back with the next key. */
  let wouldAsk = false;

  async function find({ source, given, requester, principal }: Question, signal: AbortSignal) {
    const { gateway } = await open();
    const context: CallContext = {
      signal,
      language,
      requester,
      ...(principal && { principal }),
      session: { tainted: false },
      approver: { strength: "none" },
    };
    const read: Read = async (operation, input) => {
      const outcome = await gateway.run(operation, input, context);
      wouldAsk ||= outcome.kind === "ask" || outcome.kind === "awaiting";
      return outcome.kind === "done" ? outcome.value : undefined;
    };
    const ofCloud: Readonly<Record<string, Source>> = sources[gateway.where.cloud];
    return ofCloud[source]?.(read, given) ?? [];
  }

  /** Answers that are on their way are shared too; the request that asked first may be gone before they are there. */
  function recently(question: Question): Promise<readonly Candidate[]> {
    // What one may read another may not.
    const { principal, source, given } = question;
    const key = JSON.stringify([principal?.name, principal?.roles, source, given.workspaceId]);
    const known = kept.get(key);
    const now = clock.now();
    if (known && now - known.readAt < keptMs) return known.found;
    const signal = AbortSignal.timeout(patienceMs);
    const found = Promise.race([find(question, signal), rejectedBy(signal)]).catch(() => []);
    kept.delete(key);
    kept.set(key, { readAt: now, found });
    for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest);
    return found;
  }

  return async (question) => (wouldAsk ? [] : matching(await recently(question), question.typed));
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** Those that begin with it, then those that have it anywhere, in their name too; each in the order it was read in. */
function matching(found: readonly Candidate[], typed: string): string[] {
  const wanted = typed.trim().toLowerCase();
  const begins = ({ value }: Candidate) => value.toLowerCase().startsWith(wanted);
  const has = ({ value, name = "" }: Candidate) => `${value}\n${name}`.toLowerCase().includes(wanted);
  const rest = found.filter((each) => !begins(each) && has(each));
  return [...new Set([...found.filter(begins), ...rest].map(({ value }) => value))];
}
