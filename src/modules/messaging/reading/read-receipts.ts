import type { Database } from '../../../platform/database/database.js';
import { whileOwned } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { findDueReadMarks, removeReadMarks } from './read-marks.js';

/** Tells WhatsApp what was read here. A receipt that is told twice changes nothing. */
export class ReadReceipts {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** What cannot be told now is told after the next login. */
  async tellDue(live: LiveSession): Promise<void> {
    const { ctx, device, session, signal } = live;
    while (!signal.aborted) {
      const due = await this.#database.read(ctx, (em) => findDueReadMarks(em, device.id));
      if (due.marks.length === 0) return;
      for (const { chat, participant, whatsappIds } of due.receipts) {
        await session.markRead(chat, participant, whatsappIds);
      }
      await this.#database.write(ctx, (tx) => whileOwned(live, tx, () => removeReadMarks(tx.em, due.marks)));
    }
  }
}
