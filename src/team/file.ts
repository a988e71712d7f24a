import { type BigIntStats, readFileSync, statSync } from "node:fs";
import { parseSource } from "../policy/source.ts";
import { type Team, teamFile } from "./schema.ts";

export type TeamState = { ok: true; team: Team } | { ok: false; problems: readonly string[] };

/** Who is in the team, as the file says at this moment. */
export interface TeamFile {
  path: string;
  /** The same value as long as the file is the same. What cannot be read or is wrong anywhere admits nobody. */
  read(): TeamState;
}

export function openTeamFile(path: string): TeamFile {
  let known: { stamp: string; state: TeamState } | undefined;
  return {
    path,
    read() {
      try {
        // Looked at before it is read, so that a change in between is seen by the next look.
        const stats = statSync(path, { bigint: true });
        const stamp = stampOf(stats);
        if (known?.stamp !== stamp) known = { stamp, state: load(path, stats) };
        return known.state;
      } catch (error) {
        known = undefined;
        return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
      }
    },
  };
}

/** The change time too: an editor can set the other one back. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

const writableByAll = 0o002n;

function load(path: string, { mode }: BigIntStats): TeamState {
  if ((mode & writableByAll) !== 0n) {
    return { ok: false, problems: [`${path} can be written by every user of this machine; chmod 600 it`] };
  }
  return parseTeam(path, readFileSync(path, "utf8"));
}

export function parseTeam(name: string, text: string): TeamState {
  const problems: string[] = [];
  const source = parseSource({ name, text }, teamFile, problems);
  return source ? { ok: true, team: source.value } : { ok: false, problems };
}
