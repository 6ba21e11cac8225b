import { accessDatabase, bringUpToDate } from '../app/database-access.js';
import { loadConfig } from '../config/config.js';
import { systemClock } from '../kernel/clock.js';

/** `trunkline migrate` */
export async function migrate(): Promise<void> {
  const access = await accessDatabase(loadConfig(process.env), { attach: true });
  try {
    const applied = await bringUpToDate(access, systemClock);
    process.stdout.write(applied.length === 0 ? 'Up to date.\n' : `Applied ${applied.join(', ')}\n`);
  } finally {
    await access.stop();
  }
}
