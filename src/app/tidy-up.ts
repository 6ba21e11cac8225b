import path from 'node:path';
import type { Config } from '../config/config.js';
import { removeLeftovers } from '../platform/media/leftovers.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

const EVERY_MS = 60 * 60_000;

/** Of files on their way between somebody's web server, the media store and WhatsApp. Not the system's: nobody else's files are in it. */
export function tempFolder({ dataDir }: Config): string {
  return path.join(dataDir, 'temp');
}

/** Removes what processes that died have left on this machine, now and every hour. Never rejects; ends with the signal. */
export async function tidyUp(
  { config, clock, logger }: Pick<Infrastructure, 'config' | 'clock' | 'logger'>,
  { mediaStore }: Pick<Services, 'mediaStore'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = clock.now();
      const files = (await removeLeftovers(tempFolder(config), now)) + (await mediaStore.removeDrafts(now));
      if (files > 0) logger.info({ files }, 'files of a process that died were removed');
    } catch (err) {
      logger.warn({ err }, 'files of a process that died could not be removed');
    }
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}
