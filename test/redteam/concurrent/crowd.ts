import {
  type CallToolRequest,
  type Client,
  type ElicitResult,
  isInputRequiredResult,
  ProtocolError,
} from "@modelcontextprotocol/client";
import { metaPrefix } from "../../../src/server/response.ts";
import { onCleanUp } from "../../doubles/sandbox-emr.ts";
import { connectHttp, type Era, eras } from "../../fixtures/clients.ts";
import type { Ground } from "./ground.ts";

/** One client of the crowd; its person decides by the target that the question names. */
export interface Member {
  number: number;
  era: Era;
  canAsk: boolean;
  hasToken: boolean;
  client: Client;
  /** Questions that are open for a person at this client. */
  answers: Map<string, () => ElicitResult | Promise<ElicitResult>>;
  /** One tool call. DONE, the code of what it was refused with, or of the protocol's error. */
  cancel(jobRunId: string, answer?: Round): Promise<CallAnswer>;
  read(jobRunId: string): Promise<CallAnswer>;
}

/** 2026 era: the second round of a call, put together by hand. */
export interface Round {
  requestState: string | undefined;
  approval?: ElicitResult;
}

export interface CallAnswer {
  code: string;
  requestState?: string;
}

export interface Crowd {
  members: readonly Member[];
  /** Tool calls made, and those that came back. */
  calls(): number;
  answered(): number;
  /** Targets asked about at a client that never wanted them. */
  misdirected: string[];
}

const size = 32;
/** Some questions stay open for the whole run; a call that takes longer is lost. */
const timeoutMs = 110_000;
const workspaceId = "w-d2d82aa09155";

/** 22 with forms and 6 without at the open door, 4 with forms at the other; every second one of each era. */
export async function gather(ground: Ground): Promise<Crowd> {
  const misdirected: string[] = [];
  const count = { calls: 0, answered: 0 };

  async function join(number: number): Promise<Member> {
    const hasToken = number >= 28;
    const canAsk = number < 22 || hasToken;
    const era = eras[number % 2 === 0 ? 0 : 1];
    const answers: Member["answers"] = new Map();
    const client = await connectHttp(hasToken ? ground.guarded.url : ground.open.url, {
      era,
      ...(hasToken && { token: ground.guarded.token }),
      ...(canAsk && {
        elicit: ({ params }) => {
          const target = /jr-[A-Za-z0-9]+/.exec(params.message)?.[0] ?? params.message;
          const answer = answers.get(target);
          if (answer) return answer();
          misdirected.push(target);
          return { action: "accept", content: { approve: true } };
        },
      }),
    });
    onCleanUp(() => client.close());

    async function call(params: CallToolRequest["params"], byHand: boolean): Promise<CallAnswer> {
      count.calls += 1;
      try {
        const result: unknown = await client.callTool(params, { allowInputRequired: byHand, timeout: timeoutMs });
        count.answered += 1;
        if (!isInputRequiredResult(result)) return { code: codeOf(result) };
        const { requestState } = result;
        return { code: "INPUT_REQUIRED", ...(requestState !== undefined && { requestState }) };
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        count.answered += 1;
        return { code: String(error.code) };
      }
    }

    return {
      number,
      era,
      canAsk,
      hasToken,
      client,
      answers,
      cancel: (jobRunId, round) =>
        call(
          {
            name: "cancel_job_run",
            arguments: { workspaceId, jobRunId },
            ...(round?.requestState !== undefined && { requestState: round.requestState }),
            ...(round?.approval && { inputResponses: { approval: round.approval } }),
          },
          round !== undefined,
        ),
      read: (jobRunId) => call({ name: "get_job_run", arguments: { workspaceId, jobRunId } }, false),
    };
  }

  const members = await Promise.all(Array.from({ length: size }, (_, number) => join(number)));
  return { members, calls: () => count.calls, answered: () => count.answered, misdirected };
}

function codeOf(result: unknown): string {
  const { _meta, isError } = result as { _meta?: Record<string, unknown>; isError?: boolean };
  return String(_meta?.[`${metaPrefix}/code`] ?? (isError === true ? "ERROR WITHOUT A CODE" : "DONE"));
}
