import type { ElicitResult } from "@modelcontextprotocol/client";
import type { CallAnswer, Member } from "./crowd.ts";
import type { Ground } from "./ground.ts";

/** What can become of one request for an approval, told as the calls that are made and what must come of each. */
export interface Story {
  /** How often it is played, each time with a target of its own. */
  times: number;
  calls: number;
  /** How often its target has to reach the cloud. */
  cancels: 0 | 1;
  /** What its calls must come to; an array where more than one is right. */
  codes: ReadonlyArray<string | readonly string[]>;
  /** Begun before all others, so that its question is open while they are played. */
  isPending?: true;
  play(scene: Scene): Promise<readonly CallAnswer[]>;
}

export interface Scene {
  target: string;
  /** Another target, for which nobody ever says yes. */
  decoy: string;
  ground: Ground;
  /** A member with forms at the open door, and the next one with each call. */
  asker(era?: Member["era"]): Member;
  silent(era?: Member["era"]): Member;
  /** A member that comes in by the other door. */
  stranger(era?: Member["era"]): Member;
  othersAreDone: Promise<void>;
}

const yes: ElicitResult = { action: "accept", content: { approve: true } };
const no: ElicitResult = { action: "decline" };
const dismissed: ElicitResult = { action: "cancel" };

export const stories: Readonly<Record<string, Story>> = {
  "approved in the client": {
    times: 130,
    calls: 1,
    cancels: 1,
    codes: ["DONE"],
    play: async ({ target, asker }) => [await asked(asker(), target, () => yes)],
  },
  "declined in the client, called again": {
    times: 60,
    calls: 2,
    cancels: 0,
    codes: ["DECLINED", "DECLINED_BEFORE"],
    async play({ target, asker }) {
      const member = asker();
      return [await asked(member, target, () => no), await member.cancel(target)];
    },
  },
  "dismissed in the client, approved on the page, called again": {
    times: 40,
    calls: 2,
    cancels: 1,
    codes: ["DECLINED", "DONE"],
    async play({ target, asker, ground }) {
      const member = asker();
      const first = await asked(member, target, () => dismissed);
      ground.decide(target, "approved");
      return [first, await member.cancel(target)];
    },
  },
  "approved on the page and in the client at once, called again": {
    times: 40,
    calls: 2,
    cancels: 1,
    // The page was first, so its yes is used; the job run has ended when it is called again.
    codes: ["DONE", "PRECONDITION_NOT_MET"],
    async play({ target, asker, ground }) {
      const member = asker();
      const first = await asked(member, target, () => {
        ground.decide(target, "approved");
        return yes;
      });
      return [first, await member.cancel(target)];
    },
  },
  "declined on the page, approved in the client": {
    times: 40,
    calls: 1,
    cancels: 0,
    codes: ["DECLINED"],
    async play({ target, asker, ground }) {
      const answer = () => {
        ground.decide(target, "declined");
        return yes;
      };
      return [await asked(asker(), target, answer)];
    },
  },
  "never answered, 2025 era": {
    times: 32,
    calls: 1,
    cancels: 0,
    // The server waits a while for the person and then says so; a refusal is an answer to the call.
    codes: ["DECLINED"],
    isPending: true,
    play: async ({ target, stranger }) => [
      await asked(stranger("2025-11-25"), target, () => new Promise<never>(() => undefined)),
    ],
  },
  "never answered, 2026 era": {
    times: 32,
    calls: 1,
    cancels: 0,
    codes: ["INPUT_REQUIRED"],
    isPending: true,
    play: async ({ target, asker }) => [await asker("2026-07-28").cancel(target, { requestState: undefined })],
  },
  "approved after everything else": {
    times: 40,
    calls: 1,
    cancels: 1,
    codes: ["DONE"],
    isPending: true,
    play: async ({ target, asker, othersAreDone }) => [
      await asked(asker(), target, async () => {
        await othersAreDone;
        return yes;
      }),
    ],
  },
  "asked for by two clients at once, approved in both": {
    times: 30,
    calls: 2,
    cancels: 1,
    // Whoever comes second is told that the yes was used, or finds the job run ended already.
    codes: [
      ["DONE", "APPROVAL_USED", "PRECONDITION_NOT_MET"],
      ["DONE", "APPROVAL_USED", "PRECONDITION_NOT_MET"],
    ],
    async play({ target, asker }) {
      const bothAreAsked = barrier(2);
      const answer = async () => {
        await bothAreAsked();
        return yes;
      };
      return Promise.all([asked(asker("2025-11-25"), target, answer), asked(asker("2026-07-28"), target, answer)]);
    },
  },
  "approved on the page, called again": {
    times: 40,
    calls: 2,
    cancels: 1,
    codes: ["AWAITING_APPROVAL", "DONE"],
    play: (scene) => decidedOutside(scene, "approved"),
  },
  "declined on the page, called again": {
    times: 20,
    calls: 2,
    cancels: 0,
    codes: ["AWAITING_APPROVAL", "DECLINED_BEFORE"],
    play: (scene) => decidedOutside(scene, "declined"),
  },
  "approved on the page, called again twice at once": {
    times: 15,
    calls: 3,
    cancels: 1,
    // One takes the approval; to the other the job run is running still, so that it needs one of its own, or is not.
    codes: [
      "AWAITING_APPROVAL",
      ["DONE", "AWAITING_APPROVAL", "PRECONDITION_NOT_MET"],
      ["DONE", "AWAITING_APPROVAL", "PRECONDITION_NOT_MET"],
    ],
    async play({ target, silent, ground }) {
      const first = await silent().cancel(target);
      ground.decide(target, "approved");
      return [first, ...(await Promise.all([silent().cancel(target), silent().cancel(target)]))];
    },
  },
  "never decided outside, called again": {
    times: 15,
    calls: 2,
    cancels: 0,
    codes: ["AWAITING_APPROVAL", "AWAITING_APPROVAL"],
    async play({ target, silent }) {
      const member = silent();
      return [await member.cancel(target), await member.cancel(target)];
    },
  },
  "its state taken by others, approved": {
    times: 12,
    calls: 5,
    cancels: 1,
    // For another target; by another principal; by its owner; by another client once it is used.
    codes: ["INPUT_REQUIRED", "APPROVAL_INVALID", "-32602", "DONE", "APPROVAL_USED"],
    async play({ target, decoy, asker, stranger }) {
      const [owner, thief] = [asker("2026-07-28"), asker("2026-07-28")];
      const first = await owner.cancel(target, { requestState: undefined });
      const round = { requestState: first.requestState, approval: yes };
      return [
        first,
        ...(await Promise.all([thief.cancel(decoy, round), stranger("2026-07-28").cancel(target, round)])),
        await owner.cancel(target, round),
        await thief.cancel(target, round),
      ];
    },
  },
  "its state taken by another client, declined": {
    times: 8,
    calls: 3,
    cancels: 0,
    codes: ["INPUT_REQUIRED", "DECLINED", "DECLINED"],
    async play({ target, asker }) {
      const [owner, thief] = [asker("2026-07-28"), asker("2026-07-28")];
      const first = await owner.cancel(target, { requestState: undefined });
      return [
        first,
        await owner.cancel(target, { requestState: first.requestState, approval: no }),
        await thief.cancel(target, { requestState: first.requestState, approval: yes }),
      ];
    },
  },
  "its question answered by number in another session, declined": {
    times: 8,
    calls: 1,
    cancels: 0,
    codes: ["DECLINED"],
    async play({ target, asker, silent }) {
      // Every session counts its questions from 0, so these are the numbers of other people's.
      const thief = silent("2025-11-25");
      const answer = async () => {
        for (let id = 0; id < guessedIds; id += 1) {
          await thief.client.transport?.send({ jsonrpc: "2.0", id, result: yes });
        }
        return no;
      };
      return [await asked(asker("2025-11-25"), target, answer)];
    },
  },
};

export const guessedIds = 40;

/** As many as make the calls up to the total. */
export const read: Omit<Story, "times"> = {
  calls: 1,
  cancels: 0,
  codes: ["DONE"],
  play: async ({ target, asker }) => [await asker().read(target)],
};

async function decidedOutside({ target, silent, ground }: Scene, verdict: "approved" | "declined") {
  const member = silent();
  const first = await member.cancel(target);
  ground.decide(target, verdict);
  return [first, await member.cancel(target)];
}

/** A call whose person answers so, once. */
async function asked(
  member: Member,
  target: string,
  answer: () => ElicitResult | Promise<ElicitResult>,
): Promise<CallAnswer> {
  member.answers.set(target, () => {
    member.answers.delete(target);
    return answer();
  });
  return member.cancel(target);
}

function barrier(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === size) resolve();
    return promise;
  };
}
