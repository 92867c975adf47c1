const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Tries `attempt` until it works or `deadlineMs` have passed; then throws its last error. */
export async function waitFor<T>(attempt: () => Promise<T>, deadlineMs: number, everyMs = 250): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= end) throw error;
      await pause(everyMs);
    }
  }
}
