import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { paragraph } from "../../policy/columns.ts";
import { isSamePerson } from "../../policy/four-eyes.ts";
import { parseTeam, type TeamState } from "../../team/file.ts";
import type { Team } from "../../team/schema.ts";
import { digestOf, newApprovalKey, newToken } from "../../team/secrets.ts";
import { foldersOf, teamFile } from "../folders.ts";
import { hasTeam, readTeam } from "../team-file.ts";

const newTeam = "version: 1\nfourEyes: true # whoever asks and whoever approves are two people\npeople: []\n";

/**
 * Takes a person in and prints their secrets, once.
 * @returns exit code: 0 added, 2 not added
 */
export function addPerson(name: string, held: readonly string[], { tokenless = false } = {}): number {
  const file = teamFile(foldersOf(process.env));
  const present = presentTeam();
  if (!present.ok) return failed("Nobody was added", present);
  if (present.team.people.some((person) => isSamePerson(person.name, name))) {
    return unchanged(`Nobody was added: ${name} is in the team. \`team remove ${name}\` takes them out.`);
  }
  const token = tokenless ? undefined : newToken();
  const approvalKey = held.includes("approver") ? newApprovalKey() : undefined;
  const changed = write(file, present.text, (document) =>
    document.addIn(["people"], {
      name,
      roles: [...new Set(held)],
      ...(token !== undefined && { token: digestOf(token) }),
      ...(approvalKey !== undefined && { approvalKey: digestOf(approvalKey) }),
    }),
  );
  if (!changed.ok) return failed("Nobody was added", changed);
  console.log(`${name} is in the team (${held.join(", ")}). This is shown once; ${file} holds digests.\n`);
  if (token !== undefined) console.log(`  token for ${name}'s client:\n    ${token}\n`);
  if (approvalKey !== undefined) {
    console.log(`  approval key, for ${name} in person, never for an assistant or its client:\n    ${approvalKey}\n`);
  }
  for (const note of notesOn(changed.team)) console.log(paragraph(`Note: ${note}`));
  return 0;
}

/** @returns exit code: 0 removed, 2 not removed */
export function removePerson(name: string): number {
  const file = teamFile(foldersOf(process.env));
  const present = presentTeam();
  if (!present.ok) return failed("Nobody was removed", present);
  const position = present.team.people.findIndex((person) => isSamePerson(person.name, name));
  if (position < 0) return unchanged(`Nobody was removed: there is no ${name} in the team.`);
  const changed = write(file, present.text, (document) => document.deleteIn(["people", position]));
  if (!changed.ok) return failed("Nobody was removed", changed);
  console.log(`${name} is out: token and approval key count no more, from the next request on.`);
  if (present.team.jwt) console.log(paragraph("A JWT of theirs counts until its issuer takes it back."));
  return 0;
}

/** @returns exit code: 0 listed, 1 the file cannot be used */
export function listTeam(options: { json?: boolean }): number {
  const present = presentTeam();
  if (!present.ok) return failed("The team cannot be read", present, 1);
  const { people, fourEyes, publicUrl, jwt } = present.team;
  const listed = people.map(({ name, roles: held, token, approvalKey }) => ({
    name,
    roles: held,
    token: token !== undefined,
    approvalKey: approvalKey !== undefined,
  }));
  if (options.json) {
    console.log(JSON.stringify({ people: listed, fourEyes, publicUrl, issuer: jwt?.issuer }, null, 2));
    return 0;
  }
  if (listed.length === 0) console.log("Nobody is in the team.");
  for (const { name, roles: held, token, approvalKey } of listed) {
    const has = [token ? "token" : "no token", ...(approvalKey ? ["approval key"] : [])].join(", ");
    console.log(`${name}: ${held.join(", ")} (${has})`);
  }
  console.log(`four eyes: ${fourEyes ? "yes" : "no"}`);
  if (jwt) console.log(`JWTs of ${jwt.issuer}`);
  return 0;
}

/** @returns exit code: 0 in order, 1 not */
export function checkTeam(): number {
  const folders = foldersOf(process.env);
  try {
    if (!hasTeam(folders)) {
      console.error(`There is no ${teamFile(folders)}; \`team add NAME --role operator\` makes it.`);
      return 1;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
  const state = readTeam(folders);
  const problems = state.ok ? problemsOfKeys(state.team, teamFile(folders)) : state.problems;
  for (const problem of problems) console.error(problem);
  if (!state.ok || problems.length > 0) return 1;
  for (const note of notesOn(state.team)) console.log(paragraph(`Note: ${note}`));
  console.log(`${teamFile(folders)} is in order: ${state.team.people.length} people.`);
  return 0;
}

/** What is allowed and may still surprise. */
function notesOn({ people, fourEyes, jwt, publicUrl }: Team): string[] {
  const approvers = people.filter(({ approvalKey }) => approvalKey !== undefined).length;
  const notes: string[] = [];
  if (approvers === 0) notes.push("nobody has an approval key, so nothing can be approved on the team's page.");
  else if (fourEyes && approvers === 1) {
    notes.push("there is one approver, and with four eyes nobody decides what that person asks for.");
  }
  if (jwt && people.some(({ token, approvalKey }) => token === undefined && approvalKey === undefined)) {
    notes.push("somebody has neither token nor approval key; a JWT brings its own roles.");
  }
  if (publicUrl === undefined) {
    notes.push("without publicUrl, links to the approval page name the address this server listens on.");
  }
  return notes;
}

function problemsOfKeys({ jwt }: Team, file: string): string[] {
  if (!jwt || URL.canParse(jwt.jwks)) return [];
  const path = resolve(dirname(file), jwt.jwks);
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    const hasKeys = typeof content === "object" && content !== null && "keys" in content && Array.isArray(content.keys);
    return hasKeys ? [] : [`${path} holds no JSON Web Key Set`];
  } catch (error) {
    return [`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

type Present = { ok: true; team: Team; text: string } | { ok: false; problems: readonly string[] };

/** The team as it is, or an empty one where there is none yet. */
function presentTeam(): Present {
  const folders = foldersOf(process.env);
  try {
    const text = hasTeam(folders) ? readFileSync(teamFile(folders), "utf8") : newTeam;
    const state = hasTeam(folders) ? readTeam(folders) : parseTeam("team.yaml", text);
    return state.ok ? { ...state, text } : state;
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** Changes the text and not only what it says, so that comments stay. Nothing that could not be read again is written. */
function write(file: string, text: string, change: (document: ReturnType<typeof parseDocument>) => void): TeamState {
  const document = parseDocument(text);
  if (!document.has("people")) document.set("people", document.createNode([]));
  change(document);
  const people = document.get("people");
  // The empty list stands in brackets; what is put into it gets lines of its own.
  if (typeof people === "object" && people !== null && "flow" in people) people.flow = false;
  const changed = document.toString();
  const state = parseTeam(file, changed);
  if (!state.ok) return state;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${crypto.randomUUID()}`;
  try {
    writeFileSync(draft, changed, { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return state;
}

function failed(what: string, { problems }: { problems: readonly string[] }, code = 2): number {
  console.error(`${what}: ${problems.join("; ")}`);
  return code;
}

function unchanged(text: string): number {
  console.error(text);
  return 2;
}
