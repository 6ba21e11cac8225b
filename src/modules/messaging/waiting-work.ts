import DataLoader from 'dataloader';
import type { Clock } from '../../kernel/clock.js';
import { asSystem } from '../../kernel/system-context.js';
import type { CrossTenantFunctions } from '../../platform/database/cross-tenant-functions.js';
import type { Database } from '../../platform/database/database.js';

/** What there is to do for a device. */
export type Waiting = Omit<CrossTenantFunctions['find_waiting_work']['row'], 'id'>;

const NOTHING: Waiting = { sends: false, unsettled: false, inbox: false, reads: false, files: false };
/** Should nobody know: whoever does the work looks for himself. */
const EVERYTHING: Waiting = { sends: true, unsettled: true, inbox: true, reads: true, files: true };

/**
 * Says what waits for a device that has logged in, mostly nothing. After a start or a takeover many log in at about the same time: one statement is on its way,
 * and who asks meanwhile shares the next one. Each connection plans a statement on messages anew, and that costs more than a login.
 */
export class WaitingWork {
  readonly #database: Pick<Database, 'callFunction'>;
  readonly #clock: Clock;
  readonly #looks: DataLoader<string, Waiting>;
  #onTheWay: Promise<unknown> = Promise.resolve();

  constructor({ database, clock }: { database: Pick<Database, 'callFunction'>; clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
    this.#looks = new DataLoader((ids) => this.#look(ids), {
      cache: false,
      batchScheduleFn: (dispatch) => void this.#onTheWay.then(dispatch, dispatch),
    });
  }

  of(deviceId: string): Promise<Waiting> {
    return this.#looks.load(deviceId).catch(() => EVERYTHING);
  }

  async #look(ids: readonly string[]): Promise<Waiting[]> {
    const asked = this.#database.callFunction(asSystem('what waits for devices'), 'find_waiting_work', [
      ids,
      this.#clock.now(),
    ]);
    this.#onTheWay = asked;
    const found = new Map((await asked).map(({ id, ...waiting }) => [id, waiting]));
    return ids.map((id) => found.get(id) ?? NOTHING);
  }
}
