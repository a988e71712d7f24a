import { openAuthenticator } from "../approval/authenticator.ts";
import type { Approver } from "../approval/sign-ins.ts";
import { createTeamPage, teamBase } from "../approval/team-page.ts";
import { planPath } from "../approval/views.ts";
import { systemClock } from "../gateway/clock.ts";
import type { Language } from "../language.ts";
import { openLedger } from "../ledger/sqlite.ts";
import type { Ledger } from "../ledger/types.ts";
import type { HttpParts, HttpServer } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { createDoor } from "../team/door.ts";
import { openTeamFile } from "../team/file.ts";
import { authenticatorFile, type Folders, ledgerFile, teamFile } from "./folders.ts";
import { hasTeam } from "./team-file.ts";
import type { WorkbenchChoice } from "./workbench.ts";

/** What a team adds to a server on HTTP: who gets in, and the page on which its approvers decide. */
export interface TeamServing {
  http: Pick<HttpParts, "identify" | "pages" | "publicHost">;
  workbench: Pick<WorkbenchChoice, "team">;
  /** Links name the server's own address until the file gives a public one. */
  listening(server: Pick<HttpServer, "url">, allowedHosts: readonly string[] | undefined): void;
  close(): void;
}

export interface TeamServingParts {
  folders: Folders;
  sharedToken: string | undefined;
  language: Language;
  log: Log;
}

/**
 * Undefined without a team.yaml.
 * @throws RangeError when it is there and cannot be used: nobody could get in
 */
export function openTeamServing({ folders, sharedToken, language, log }: TeamServingParts): TeamServing | undefined {
  if (!hasTeam(folders)) return undefined;
  const file = openTeamFile(teamFile(folders));
  const state = file.read();
  if (!state.ok) throw new RangeError(`the team cannot be read: ${state.problems.join("; ")}`);
  const { fourEyes, publicUrl } = state.team;
  if (fourEyes && sharedToken !== undefined) {
    throw new RangeError(
      "team.yaml wants four eyes and SPARK_WORKSPACE_HTTP_TOKEN is set: those who share a token cannot be told apart",
    );
  }
  const door = createDoor({
    file,
    clock: systemClock,
    note: (message) => log.warn(message),
    ...(sharedToken !== undefined && { sharedToken }),
  });

  let ownUrl = "";
  let ledger: Ledger | undefined;
  let page: ReturnType<typeof createTeamPage> | undefined;
  const openPage = () => {
    ledger ??= openLedger(ledgerFile(folders));
    return createTeamPage({
      ledger,
      authenticator: openAuthenticator(authenticatorFile(folders)),
      clock: systemClock,
      language,
      fourEyes: door.fourEyes,
      publicUrl: door.publicUrl,
      approvers: door.approvers satisfies { isStill(approver: Approver): boolean },
    });
  };
  return {
    http: {
      identify: door.identify,
      pages(request, response) {
        if (!request.url?.startsWith(teamBase)) return Promise.resolve(false);
        page ??= openPage();
        return page(request, response);
      },
      ...(publicUrl !== undefined && { publicHost: new URL(publicUrl).hostname }),
    },
    workbench: {
      team: {
        fourEyes: door.fourEyes,
        approvalUrl: (planId) => `${door.publicUrl() ?? ownUrl}${planPath(teamBase, planId)}`,
      },
    },
    listening({ url }, allowedHosts) {
      const own = new URL(url);
      const [named] = allowedHosts ?? [];
      // The address of every interface is no address that anybody could open.
      if (named !== undefined) own.hostname = named;
      ownUrl = own.origin;
    },
    close: () => ledger?.close(),
  };
}
