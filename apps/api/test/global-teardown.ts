import { rmSync } from 'node:fs';
import type { TestCluster } from './global-setup.ts';

/** Stops the cluster and removes every trace of it. */
export default async function stopCluster(): Promise<void> {
  const started = (globalThis as { ziggyTestCluster?: TestCluster }).ziggyTestCluster;
  if (started === undefined) return;
  await started.cluster.stop();
  rmSync(started.dir, { recursive: true, force: true });
}
