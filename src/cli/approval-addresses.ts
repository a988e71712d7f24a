import type { ApprovalPage } from "../approval/page.ts";
import { systemClock } from "../gateway/clock.ts";
import type { ApprovalAddress } from "../gateway/types.ts";
import type { Language } from "../language.ts";
import type { Ledger } from "../ledger/types.ts";
import { authenticatorFile, type Folders } from "./folders.ts";

/** Of a server for several people: where their approvers decide, and whether nobody may decide for themselves. */
export interface TeamChoice {
  approvalUrl(planId: string): string;
  fourEyes(): boolean;
}

interface ApprovalParts {
  folders: Folders;
  ledger: () => Ledger;
  language: Language;
  page: boolean;
  team: TeamChoice | undefined;
}

/** Where a person can decide outside of the client. The page is started by the first plan that needs it. */
export function createApprovals({ folders, ledger, language, page, team }: ApprovalParts) {
  let started: Promise<ApprovalPage | undefined> | undefined;
  const start = async () => {
    const [{ startApprovalPage }, { openAuthenticator }, { fourEyesOf }] = await Promise.all([
      import("../approval/page.ts"),
      import("../approval/authenticator.ts"),
      import("./team-file.ts"),
    ]);
    const authenticator = openAuthenticator(authenticatorFile(folders));
    return startApprovalPage({
      ledger: ledger(),
      authenticator,
      clock: systemClock,
      language,
      fourEyes: fourEyesOf(folders),
    });
  };
  return {
    async addressOf(planId: string): Promise<ApprovalAddress> {
      const command = `spark-workspace-mcp approve ${planId}`;
      if (team) return { command, url: team.approvalUrl(planId) };
      if (!page) return { command };
      // Without a page there is still the terminal.
      started ??= start().catch(() => undefined);
      const url = (await started)?.url(planId);
      return { command, ...(url !== undefined && { url }) };
    },
    close: async () => (await started)?.close(),
  };
}
