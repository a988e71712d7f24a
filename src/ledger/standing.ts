import type { DatabaseSync } from "node:sqlite";
import { type Append, decisionOf } from "./audit.ts";
import type { StandingApproval, StandingLedger, StoredPlan } from "./types.ts";

export const standingTable = `
create table if not exists standing (
  standing_id integer primary key autoincrement,
  operation text not null,
  profile text not null,
  place text not null,
  principal text,
  workspace_id text not null,
  queue text,
  name text,
  max_cu real,
  max_cu_hours real,
  strength text not null,
  granted_by text not null,
  uses integer not null check (uses >= 1),
  used integer not null default 0 check (used <= uses),
  created_at integer not null,
  expires_at integer not null,
  revoked_at integer
) strict;
`;

interface Parts {
  database: DatabaseSync;
  exclusively: <T>(work: () => T) => T;
  append: Append;
  savePlan(plan: StoredPlan): void;
}

/** Approvals given in advance. Each use is a plan of its own, approved by it and burnt, in one transaction with the count. */
export function createStanding({ database, exclusively, append, savePlan }: Parts): StandingLedger {
  const insert = database.prepare(
    `insert into standing (operation, profile, place, principal, workspace_id, queue, name, max_cu, max_cu_hours,
       strength, granted_by, uses, created_at, expires_at)
     values (:operation, :profile, :place, :principal, :workspaceId, :queue, :name, :maxCu, :maxCuHours,
       :strength, :grantedBy, :uses, :createdAt, :expiresAt) returning *`,
  );
  const selectAll = database.prepare("select * from standing order by standing_id desc");
  const revoke = database.prepare(
    "update standing set revoked_at = ? where standing_id = ? and revoked_at is null returning *",
  );
  const count = database.prepare(
    `update standing set used = used + 1
     where standing_id = :standingId and used < min(uses, :mostUses) and revoked_at is null
       and created_at <= :at and expires_at > :at returning *`,
  );
  const supersede = database.prepare(
    "update plans set state = 'superseded' where request_digest = ? and state = 'waiting'",
  );
  const burn = database.prepare(
    "update plans set state = 'used', strength = ?, decided_by = ?, decided_at = ? where plan_id = ?",
  );

  function recordChange(standing: StandingApproval, outcome: string, by: string, at: number): void {
    append({
      at,
      event: "standing",
      operation: standing.operation,
      target: standing.workspaceId,
      place: standing.place,
      profile: standing.profile,
      requester: by,
      ...(standing.principal !== undefined && { principal: standing.principal }),
      argumentsDigest: "",
      outcome,
      strength: standing.strength,
      decidedBy: `standing:${standing.standingId}`,
    });
  }

  return {
    grantStanding: (grant) =>
      exclusively(() => {
        const row = insert.get({
          operation: grant.operation,
          profile: grant.profile,
          place: grant.place,
          principal: grant.principal ?? null,
          workspaceId: grant.workspaceId,
          queue: grant.queue ?? null,
          name: grant.name ?? null,
          maxCu: grant.maxCu ?? null,
          maxCuHours: grant.maxCuHours ?? null,
          strength: grant.strength,
          grantedBy: grant.grantedBy,
          uses: grant.uses,
          createdAt: grant.createdAt,
          expiresAt: grant.expiresAt,
        });
        if (!row) throw new Error("the ledger did not return the standing approval it wrote");
        const standing = toStanding(row);
        recordChange(standing, "granted", grant.grantedBy, grant.createdAt);
        return standing;
      }),
    listStanding: () => selectAll.all().map(toStanding),
    revokeStanding: (standingId, { by, at }) =>
      exclusively(() => {
        const row = revoke.get(at, standingId);
        if (!row) return false;
        recordChange(toStanding(row), "revoked", by, at);
        return true;
      }),
    useStanding: (standingId, { plan, mostUses, at }) =>
      exclusively(() => {
        const row = count.get({ standingId, mostUses, at });
        if (!row) return undefined;
        const { strength } = toStanding(row);
        const by = `standing:${standingId}`;
        // Whoever is still looking at the same request has nothing left to decide.
        supersede.run(plan.requestDigest);
        savePlan(plan);
        burn.run(strength, by, at, plan.planId);
        append(decisionOf(plan, { verdict: "approved", strength, by, at }));
        return { ...plan, state: "used", strength, decidedBy: by, decidedAt: at };
      }),
  };
}

function toStanding(row: Readonly<Record<string, unknown>>): StandingApproval {
  return {
    standingId: Number(row.standing_id),
    operation: String(row.operation),
    profile: String(row.profile),
    place: String(row.place),
    ...(row.principal !== null && { principal: String(row.principal) }),
    workspaceId: String(row.workspace_id),
    ...(row.queue !== null && { queue: String(row.queue) }),
    ...(row.name !== null && { name: String(row.name) }),
    ...(row.max_cu !== null && { maxCu: Number(row.max_cu) }),
    ...(row.max_cu_hours !== null && { maxCuHours: Number(row.max_cu_hours) }),
    strength: row.strength as StandingApproval["strength"],
    grantedBy: String(row.granted_by),
    uses: Number(row.uses),
    used: Number(row.used),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    ...(row.revoked_at !== null && { revokedAt: Number(row.revoked_at) }),
  };
}
