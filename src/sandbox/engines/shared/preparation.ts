import type { Progress } from "./packages.ts";

export interface Preparation<Installation> {
  /** Waits for the preparation that is under way, or begins one. */
  install(progress: Progress, signal: AbortSignal): Promise<Installation>;
  /** For a job: when the one who began has given up, it is begun again. */
  installForJob(progress: Progress): Promise<Installation>;
}

/** One preparation at a time; a failed one is tried again by the next who asks. */
export function createPreparation<Installation>(
  provide: (progress: Progress, signal: AbortSignal) => Promise<Installation>,
  closing: AbortSignal,
): Preparation<Installation> {
  const listeners = new Set<Progress>();
  let installing: Promise<Installation> | undefined;

  async function install(progress: Progress, signal: AbortSignal): Promise<Installation> {
    closing.throwIfAborted();
    const tell: Progress = (line) => {
      for (const listener of listeners) listener(line);
    };
    listeners.add(progress);
    installing ??= provide(tell, AbortSignal.any([signal, closing]));
    try {
      return await installing;
    } catch (error) {
      installing = undefined;
      throw error;
    } finally {
      listeners.delete(progress);
    }
  }

  return {
    install,
    installForJob: (progress) =>
      install(progress, closing).catch((error: unknown) => {
        if (closing.aborted || !(error instanceof Error && error.name === "AbortError")) throw error;
        return install(progress, closing);
      }),
  };
}
