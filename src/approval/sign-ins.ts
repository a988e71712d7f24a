import { randomBytes } from "node:crypto";

/** Who may decide, as somebody else keeps the list. */
export interface Approvers {
  /** @returns the name as the list has it, when the key is that approver's */
  find(name: string, key: string): Approver | undefined;
  /** False as soon as they are off the list, are no approver any more or have another key. */
  isStill(approver: Approver): boolean;
}

export interface Approver {
  name: string;
  /** Tells one key from the next; no key. */
  keyDigest: string;
}

export type SignIn =
  | { kind: "in"; session: string; name: string }
  | { kind: "wrong" }
  /** Too many wrong keys; none counts before then. */
  | { kind: "locked"; until: number };

/** Sessions of approvers in their browsers. They live in memory: a server that starts anew knows nobody. */
export interface SignIns {
  signIn(name: string, key: string, now: number): SignIn;
  /** Whose session that is; counts as use of it. */
  personOf(session: string, now: number): string | undefined;
  signOut(session: string): void;
}

const idleMs = 10 * 60_000;
const longestMs = 8 * 60 * 60_000;
const mostSessions = 100;
const mostWrong = 5;
const pauseMs = 5 * 60_000;
/** Names anybody can make up; this bounds what remembering them can cost. */
const mostRemembered = 1_000;

export function createSignIns(approvers: Approvers): SignIns {
  const sessions = new Map<string, { approver: Approver; since: number; usedAt: number }>();
  const wrongKeys = new Map<string, { wrong: number; lockedUntil: number }>();

  function keyIsWrong(name: string, now: number): SignIn {
    const wrong = (wrongKeys.get(name)?.wrong ?? 0) + 1;
    const locked = wrong >= mostWrong;
    makeRoom(wrongKeys, mostRemembered);
    wrongKeys.set(name, locked ? { wrong: 0, lockedUntil: now + pauseMs } : { wrong, lockedUntil: 0 });
    return locked ? { kind: "locked", until: now + pauseMs } : { kind: "wrong" };
  }

  return {
    signIn(given, key, now) {
      const name = given.trim().toLowerCase().slice(0, 128);
      const until = wrongKeys.get(name)?.lockedUntil ?? 0;
      if (until > now) return { kind: "locked", until };
      const approver = approvers.find(name, key);
      if (!approver) return keyIsWrong(name, now);
      wrongKeys.delete(name);
      makeRoom(sessions, mostSessions);
      const session = randomBytes(32).toString("base64url");
      sessions.set(session, { approver, since: now, usedAt: now });
      return { kind: "in", session, name: approver.name };
    },
    personOf(session, now) {
      const known = sessions.get(session);
      if (!known) return undefined;
      const isOver = now - known.usedAt > idleMs || now - known.since > longestMs || !approvers.isStill(known.approver);
      if (isOver) {
        sessions.delete(session);
        return undefined;
      }
      // Last again, so that the one that makes room is the one longest unused.
      sessions.delete(session);
      sessions.set(session, { ...known, usedAt: now });
      return known.approver.name;
    },
    signOut: (session) => void sessions.delete(session),
  };
}

function makeRoom(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size < most) break;
    map.delete(oldest);
  }
}
