import type { SandboxConnection } from "../sandbox/sandbox.ts";

/** The sandbox of a data folder, started in this process or joined in another. */
export interface SandboxHandle {
  connection(): Promise<SandboxConnection>;
  /** The one that was joined is gone; the next `connection` looks again. */
  forget(): void;
  close(): Promise<void>;
}

const joinAttempts = 20;
const joinPauseMs = 100;

export function openSandbox(dataFolder: string, environment: NodeJS.ProcessEnv): SandboxHandle {
  let known: Promise<SandboxConnection> | undefined;
  let own: { close(): Promise<void> } | undefined;

  async function startOrJoin(): Promise<SandboxConnection> {
    const { runningSandbox, SandboxInUse } = await import("../sandbox/sandbox.ts");
    const { startOwnSandbox } = await import("./own-sandbox.ts");
    for (let attempt = 0; attempt < joinAttempts; attempt++) {
      const running = runningSandbox(dataFolder);
      if (running) return running;
      try {
        const started = await startOwnSandbox(dataFolder, environment);
        own = started;
        return started;
      } catch (error) {
        if (!(error instanceof SandboxInUse)) throw error;
        // Another process is starting it this very moment and has not said yet where it listens.
        await new Promise((resolve) => setTimeout(resolve, joinPauseMs));
      }
    }
    throw new Error(`another process holds the sandbox in ${dataFolder} and does not answer`);
  }

  return {
    connection() {
      known ??= startOrJoin();
      known.catch(() => {
        known = undefined;
      });
      return known;
    },
    forget() {
      if (!own) known = undefined;
    },
    async close() {
      await known?.catch(() => undefined);
      await own?.close();
    },
  };
}
