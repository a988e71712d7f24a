/** A signal that also fires when the time is up, and can tell which of the two it was. */
export function deadlineOf(
  timeoutMs: number,
  ...signals: readonly AbortSignal[]
): { signal: AbortSignal; passed(): boolean } {
  const timer = AbortSignal.timeout(Math.max(0, Math.min(timeoutMs, 0x7fffffff)));
  return {
    signal: AbortSignal.any([timer, ...signals]),
    passed: () => timer.aborted && !signals.some(({ aborted }) => aborted),
  };
}

/** What the promise gives, or undefined once the signal fires. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = () => resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
