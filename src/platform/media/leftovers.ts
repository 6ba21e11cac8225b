import { opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Nobody writes to one file for longer: fetches and uploads end after minutes. */
const ABANDONED_AFTER_MS = 60 * 60_000;
/** So that a folder that got out of hand holds up nothing; the next sweep goes on. */
const MAX_FILES = 1_000;

/** Removes the files of `folder` that a process which died was writing to, at most 1,000 at once. Returns how many. */
export async function removeLeftovers(folder: string, now: Date): Promise<number> {
  const entries = await opendir(folder).catch(() => null);
  if (entries === null) return 0;
  let seen = 0;
  let removed = 0;
  for await (const entry of entries) {
    if (!entry.isFile()) continue;
    if ((seen += 1) > MAX_FILES) break;
    const file = path.join(folder, entry.name);
    // Another process may do the same at this moment.
    const facts = await stat(file).catch(() => null);
    if (facts === null || now.getTime() - facts.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}
