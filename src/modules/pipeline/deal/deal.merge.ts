import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Contact, ContactReferences } from '../../contact/index.js';
import { Deal } from './deal.entity.js';
import { dealChanged } from './deal.events.js';

/** Two contacts turned out to be one person: the deals go to the contact that stays. Nobody's view of a deal is stale by that. */
export class DealMerge implements ContactReferences {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async moveContact(tx: Transaction, from: Contact, into: Contact): Promise<void> {
    const deals = await tx.em.find(Deal, { contactId: from.id }, { orderBy: { id: 'asc' } });
    for (const deal of deals) {
      deal.contactId = into.id;
      deal.updatedAt = this.#clock.now();
      tx.append(dealChanged('deal.updated', deal, { changed: ['contact'] }));
    }
    await tx.em.flush();
  }
}
