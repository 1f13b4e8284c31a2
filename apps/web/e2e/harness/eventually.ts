/** Tries `check` until it does not throw; after `withinMs` its last error is thrown. Waits are conditions, never sleeps. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 15_000, everyMs = 100): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
