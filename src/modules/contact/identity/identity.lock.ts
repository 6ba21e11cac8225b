import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ContactIdentity } from './contact.identity.js';

const LOCK = new PreparedStatement(
  'lock_identities',
  `select pg_advisory_xact_lock(hashtextextended(w.name, 0)) from unnest($1::text[]) as w (name)`,
);

/** Transaction-long locks on the identities themselves, in their order: there may be no row yet to lock. */
export async function lockIdentities(
  tx: Transaction,
  { subaccountId }: { readonly subaccountId: string },
  identities: readonly ContactIdentity[],
): Promise<void> {
  await LOCK.run(tx.em, [
    identities.map(({ kind, value }) => `contact_identity:${subaccountId}:${kind}:${value}`),
  ]);
}
