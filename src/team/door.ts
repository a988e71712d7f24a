import { dirname } from "node:path";
import { isSamePerson } from "../policy/four-eyes.ts";
import type { Role } from "../policy/roles.ts";
import type { TeamFile, TeamState } from "./file.ts";
import { createJwtVerifier, type JwtVerifier } from "./jwt.ts";
import type { JwtSettings, Team } from "./schema.ts";
import { sharedName } from "./schema.ts";
import { approverOfKey, digestOf, isDigestOf, personOfToken } from "./secrets.ts";

export type Identified =
  | { kind: "admitted"; name: string; roles: readonly Role[] }
  /** Nobody's token, or not any more. */
  | { kind: "unknown" }
  /** It cannot be told who it is, and then it is nobody. */
  | { kind: "unavailable" };

export interface DoorParts {
  file: TeamFile;
  clock: { now(): number };
  /** SPARK_WORKSPACE_HTTP_TOKEN, where it is set. */
  sharedToken?: string;
  /** What nobody got in for; never the token. */
  note: (message: string) => void;
  jwksCooldownMs?: number;
}

/** Who is at the door: looked up in the file as it is at that moment, for each request. */
export function createDoor({ file, clock, sharedToken, note, jwksCooldownMs }: DoorParts) {
  const sharedDigest = sharedToken === undefined ? undefined : digestOf(sharedToken);
  let verifier: { settings: JwtSettings; verifier: JwtVerifier } | undefined;

  function verifierFor(settings: JwtSettings): JwtVerifier {
    // The same keys are not fetched again because a person was added to the file.
    if (!verifier || JSON.stringify(verifier.settings) !== JSON.stringify(settings)) {
      const options = {
        folder: dirname(file.path),
        ...(jwksCooldownMs !== undefined && { cooldownMs: jwksCooldownMs }),
      };
      verifier = { settings, verifier: createJwtVerifier(settings, options) };
    }
    return verifier.verifier;
  }

  function current(): Team | undefined {
    const state: TeamState = file.read();
    if (state.ok) return state.team;
    note(`team.yaml admits nobody: ${state.problems.slice(0, 3).join("; ")}`);
    return undefined;
  }

  return {
    async identify(token: string): Promise<Identified> {
      const team = current();
      if (!team) return { kind: "unavailable" };
      const person = personOfToken(team.people, token);
      if (person) return { kind: "admitted", name: person.name, roles: person.roles };
      if (sharedDigest !== undefined && isDigestOf(token, sharedDigest)) {
        // Those who share it cannot be told apart, so with four eyes it is nobody's.
        return team.fourEyes ? { kind: "unknown" } : { kind: "admitted", name: sharedName, roles: ["operator"] };
      }
      if (!team.jwt || token.split(".").length !== 3) return { kind: "unknown" };
      const verified = await verifierFor(team.jwt).verify(token, clock.now());
      if (verified.kind !== "verified") {
        note(`a JWT was turned away: ${verified.reason}`);
        return { kind: verified.kind === "unavailable" ? "unavailable" : "unknown" };
      }
      const { name, roles } = verified;
      if (isTaken(team, name) || roles.length === 0) {
        note(`a JWT was turned away: ${roles.length === 0 ? "it has no role here" : "its name is another person's"}`);
        return { kind: "unknown" };
      }
      return { kind: "admitted", name, roles };
    },

    /** Whether somebody else has to decide. Where that cannot be read, yes. */
    fourEyes: () => current()?.fourEyes ?? true,
    publicUrl: () => current()?.publicUrl,

    approvers: {
      find(name: string, key: string) {
        const person = approverOfKey(current()?.people ?? [], name, key);
        return person?.approvalKey === undefined ? undefined : { name: person.name, keyDigest: person.approvalKey };
      },
      isStill: ({ name, keyDigest }: { name: string; keyDigest: string }) =>
        (current()?.people ?? []).some(
          (person) => person.name === name && person.roles.includes("approver") && person.approvalKey === keyDigest,
        ),
    },
  };
}
export type Door = ReturnType<typeof createDoor>;

/** A name in the file that has a token of its own comes in with that alone: an issuer could call anybody so. */
function isTaken({ people }: Team, name: string): boolean {
  const isAnothers = people.some((person) => person.token !== undefined && isSamePerson(person.name, name));
  return isAnothers || isSamePerson(name, sharedName);
}
