import type { Transaction } from '../../platform/database/transaction.js';
import { Agency } from './agency.entity.js';
import type { NewAgency } from './agency.entity.js';
import { agencyCreated } from './tenancy.events.js';

/** Inserts an agency in the caller's transaction, whose scope must already be the new agency's. */
export async function insertAgency(tx: Transaction, facts: NewAgency): Promise<Agency> {
  const agency = Agency.create(facts);
  await tx.em.insert(agency);
  tx.append(agencyCreated(agency));
  return agency;
}
