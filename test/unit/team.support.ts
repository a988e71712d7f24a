import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { stringify } from "yaml";
import { createDoor, type DoorParts } from "../../src/team/door.ts";
import { openTeamFile } from "../../src/team/file.ts";
import { digestOf } from "../../src/team/secrets.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function newTeamFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "team-"));
  folders.push(folder);
  return folder;
}

/** Secrets of the tests' people, by name: what a client holds, and what a person holds. */
export const tokenOf = (name: string) => `swt_${name}`;
export const keyOf = (name: string) => `swa_${name}`;

export function person(name: string, ...roles: string[]): Record<string, unknown> {
  return {
    name,
    roles,
    token: digestOf(tokenOf(name)),
    ...(roles.includes("approver") && { approvalKey: digestOf(keyOf(name)) }),
  };
}

export const everybody = [
  person("ann", "operator", "approver"),
  person("bob", "approver"),
  person("rita", "reader"),
  person("otto", "operator"),
];

export function teamText(change: Record<string, unknown> = {}): string {
  return stringify({ version: 1, fourEyes: true, people: everybody, ...change });
}

export function writeTeam(folder: string, change: Record<string, unknown> = {}): string {
  const path = join(folder, "team.yaml");
  writeFileSync(path, teamText(change), { mode: 0o600 });
  return path;
}

export function openDoor(change: Record<string, unknown> = {}, parts: Partial<DoorParts> = {}) {
  const folder = newTeamFolder();
  const path = writeTeam(folder, change);
  const notes: string[] = [];
  const door = createDoor({
    file: openTeamFile(path),
    clock: { now: () => Date.now() },
    note: (message) => void notes.push(message),
    ...parts,
  });
  return { ...door, folder, path, notes, rewrite: (next: Record<string, unknown>) => writeTeam(folder, next) };
}
