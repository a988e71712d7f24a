import { lstatSync } from "node:fs";
import { openTeamFile, type TeamState } from "../team/file.ts";
import { type Folders, teamFile } from "./folders.ts";

/**
 * Whether there is a team on this machine. A link to nothing is one too, and then nobody gets in.
 * @throws RangeError when the file is misnamed
 */
export function hasTeam(folders: Folders): boolean {
  const path = teamFile(folders);
  const misnamed = path.replace(/\.yaml$/, ".yml");
  if (isThere(misnamed)) throw new RangeError(`${misnamed} is not read; name it team.yaml`);
  return isThere(path);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function readTeam(folders: Folders): TeamState {
  return openTeamFile(teamFile(folders)).read();
}

/** Whether what people of the team ask for is decided by another of them. Where that cannot be read, yes. */
export function fourEyesOf(folders: Folders): () => boolean {
  const file = openTeamFile(teamFile(folders));
  return () => {
    if (!isThere(file.path)) return false;
    const state = file.read();
    return state.ok ? state.team.fourEyes : true;
  };
}
