import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import type { Database } from '../../../platform/database/database.js';
import { contactUpdated, lockContact } from '../../contact/index.js';
import type { Contact } from '../../contact/index.js';
import { getSendingDevice } from '../../device/index.js';
import { findStickyDevices } from './routing.queries.js';

/** Which device people are written to from, when a message names only its subaccount. */
export class ContactRoutingService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Null takes the favourite away. Throws NOT_FOUND, also for a device that was deleted. */
  async setFavourite(ctx: Context, contactId: string, deviceId: string | null): Promise<Contact> {
    return this.#database.write(ctx, async (tx) => {
      const contact = await lockContact(tx, contactId);
      if (deviceId !== null) {
        const device = await getSendingDevice(tx, deviceId);
        if (device.subaccountId !== contact.subaccountId) {
          const message = 'must be a device of the subaccount of the contact';
          throw invalidInput([{ path: 'input.deviceId', message }]);
        }
      }
      if (contact.favour(deviceId, this.#clock.now())) tx.append(contactUpdated(contact));
      return contact;
    });
  }

  /** For each of these contacts that has one, its device. */
  async findStickyDevices(ctx: Context, contactIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#database.read(ctx, (em) => findStickyDevices(em, contactIds));
  }
}
