import { closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Secret, TOTP } from "otpauth";

/**
 * The person's authenticator app: a secret that app and this machine share, in a file that the user alone can read.
 * The file is a database of one row, because two servers and a terminal may check codes at the same moment and a code
 * may count once.
 */
export interface Authenticator {
  /** @throws when the file is there and cannot be used; then nothing may be approved */
  status(): AuthenticatorStatus;
  /** Takes a code out of circulation. */
  check(code: string, now: number): CodeVerdict;
  /** Writes the secret down once a first code has shown that the app has it. */
  enrol(secret: string, code: string, now: number): "enrolled" | "wrong" | "already enrolled";
  /** Forgets the secret; only whoever has the app can. */
  remove(code: string, now: number): CodeVerdict;
}

export type AuthenticatorStatus =
  | { enrolled: false }
  | { enrolled: true; since: number /** Too many wrong codes: none counts before then. */; lockedUntil?: number };

export type CodeVerdict =
  | { kind: "accepted" }
  | { kind: "wrong" }
  /** Right once, and it has counted already. */
  | { kind: "used" }
  | { kind: "locked"; until: number };

const issuer = "spark-workspace-mcp";
const stepMs = 30_000;
/** Steps a clock may be off, either way. */
const drift = 1;
const mostWrong = 5;
const firstPauseMs = 5 * 60_000;
const longestPauseMs = 60 * 60_000;

/** 160 bits, as RFC 4226 recommends, in base32. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32;
}

export function enrolmentUri(secret: string, label: string): string {
  return totpOf(secret, label).toString();
}

/** SHA-1, six digits and 30 seconds: what every authenticator app understands. */
function totpOf(secret: string, label = "approvals"): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, period: 30 });
}

/** @returns the time step the code belongs to */
function stepOf(secret: string, code: string, now: number): number | undefined {
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(secret).validate({ token, timestamp: now, window: drift });
  return delta === null ? undefined : Math.floor(now / stepMs) + delta;
}

const schema = `
create table authenticator (
  one integer primary key check (one = 1),
  secret text not null,
  since integer not null,
  last_step integer not null,
  wrong integer not null default 0,
  pauses integer not null default 0,
  locked_until integer not null default 0
) strict;
`;

interface Row {
  secret: string;
  since: number;
  lastStep: number;
  wrong: number;
  pauses: number;
  lockedUntil: number;
}

export function openAuthenticator(file: string): Authenticator {
  function check(code: string, now: number): CodeVerdict {
    return withDatabase(file, (database) => {
      database.exec("begin immediate");
      try {
        const { verdict, row } = judge(readRow(database), code, now);
        database
          .prepare("update authenticator set last_step = ?, wrong = ?, pauses = ?, locked_until = ?")
          .run(row.lastStep, row.wrong, row.pauses, row.lockedUntil);
        database.exec("commit");
        return verdict;
      } catch (error) {
        database.exec("rollback");
        throw error;
      }
    });
  }

  return {
    status() {
      if (!existsSync(file)) return { enrolled: false };
      const { since, lockedUntil } = withDatabase(file, readRow);
      return { enrolled: true, since, ...(lockedUntil > 0 && { lockedUntil }) };
    },
    check,
    enrol(secret, code, now) {
      if (existsSync(file)) return "already enrolled";
      const step = stepOf(secret, code, now);
      if (step === undefined) return "wrong";
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      // Linked into place when complete, so that no half-written file is ever taken for an authenticator.
      const draft = `${file}.${crypto.randomUUID()}`;
      try {
        closeSync(openSync(draft, "wx", 0o600));
        withDatabase(draft, (database) => {
          database.exec(schema);
          database
            .prepare("insert into authenticator (one, secret, since, last_step) values (1, ?, ?, ?)")
            .run(secret, now, step);
        });
        linkSync(draft, file);
        return "enrolled";
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return "already enrolled";
        throw error;
      } finally {
        rmSync(draft, { force: true });
      }
    },
    remove(code, now) {
      const verdict = check(code, now);
      if (verdict.kind === "accepted") rmSync(file);
      return verdict;
    },
  };
}

/** A pause doubles with each five wrong codes in a row, so that guessing six digits takes years, not hours. */
function judge(row: Row, code: string, now: number): { verdict: CodeVerdict; row: Row } {
  if (row.lockedUntil > now) return { verdict: { kind: "locked", until: row.lockedUntil }, row };
  const step = stepOf(row.secret, code, now);
  if (step === undefined) {
    const wrong = row.wrong + 1;
    if (wrong < mostWrong) return { verdict: { kind: "wrong" }, row: { ...row, wrong } };
    const until = now + Math.min(firstPauseMs * 2 ** row.pauses, longestPauseMs);
    const locked = { ...row, wrong: 0, pauses: row.pauses + 1, lockedUntil: until };
    return { verdict: { kind: "locked", until }, row: locked };
  }
  if (step <= row.lastStep) return { verdict: { kind: "used" }, row };
  return { verdict: { kind: "accepted" }, row: { ...row, lastStep: step, wrong: 0, pauses: 0, lockedUntil: 0 } };
}

function withDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    database.exec("pragma synchronous = full; pragma busy_timeout = 5000;");
    return work(database);
  } finally {
    database.close();
  }
}

function readRow(database: DatabaseSync): Row {
  const row = database.prepare("select * from authenticator where one = 1").get();
  if (!row) throw new Error("the authenticator's file holds no secret");
  return {
    secret: String(row.secret),
    since: Number(row.since),
    lastStep: Number(row.last_step),
    wrong: Number(row.wrong),
    pauses: Number(row.pauses),
    lockedUntil: Number(row.locked_until),
  };
}
