/** Why there are no credentials. */
export interface Missing {
  ok: false;
  reason: "no-credentials" | "unreachable";
  why: string;
}

export type Fetched<T> = { ok: true; value: T; expiresAt: number } | Missing;
export type Taken<T> = { ok: true; value: T } | Missing;

/** Something that is fetched once, shared, and fetched anew when its time is over. */
export interface Lease<T> {
  take(signal: AbortSignal): Promise<Taken<T>>;
  /** It was refused: whoever asks next gets another. When two report the same one, it is fetched once. */
  drop(refused: T): void;
}

/** Not used in the last minutes of its life: a request under way must not outlive it. */
const reserveMs = 5 * 60_000;

/** @param fetch bounds its own time; one caller's cancellation must not take it from the others */
export function createLease<T>(fetch: () => Promise<Fetched<T>>, now: () => number): Lease<T> {
  let held: { value: T; expiresAt: number } | undefined;
  let pending: Promise<Taken<T>> | undefined;

  async function renew(): Promise<Taken<T>> {
    try {
      const fetched = await fetch();
      if (fetched.ok) held = fetched;
      return fetched;
    } finally {
      pending = undefined;
    }
  }

  return {
    async take(signal) {
      if (held !== undefined && now() < held.expiresAt - reserveMs) return { ok: true, value: held.value };
      pending ??= renew();
      return unlessAborted(pending, signal);
    },
    drop(refused) {
      if (held?.value === refused) held = undefined;
    },
  };
}

async function unlessAborted<T>(work: Promise<Taken<T>>, signal: AbortSignal): Promise<Taken<T>> {
  const { promise, resolve } = Promise.withResolvers<Taken<T>>();
  const abort = () => resolve({ ok: false, reason: "unreachable", why: "there were no credentials in time" });
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
