import type { Transaction } from '../../platform/database/transaction.js';
import { Subaccount } from './subaccount.entity.js';
import type { NewSubaccount } from './subaccount.entity.js';
import { subaccountCreated } from './tenancy.events.js';

/** Inserts a subaccount in the caller's transaction, whose scope must be its whole agency. */
export async function insertSubaccount(tx: Transaction, facts: NewSubaccount): Promise<Subaccount> {
  const subaccount = Subaccount.create(facts);
  await tx.em.insert(subaccount);
  tx.append(subaccountCreated(subaccount));
  return subaccount;
}
