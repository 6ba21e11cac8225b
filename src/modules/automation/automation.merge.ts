import type { Transaction } from '../../platform/database/transaction.js';
import type { Contact, ContactReferences } from '../contact/index.js';
import { AutomationRun } from './run/run.entity.js';

/** Two contacts turned out to be one person: what is under way for the one goes on with the other. */
export class AutomationMerge implements ContactReferences {
  async moveContact({ em }: Transaction, from: Contact, into: Contact): Promise<void> {
    await em.nativeUpdate(AutomationRun, { contactId: from.id }, { contactId: into.id });
  }
}
