import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Role } from '../../kernel/access.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { identityErrors } from './identity.errors.js';
import { memberAdded, userCreated } from './identity.events.js';
import { MembershipSubaccount } from './membership-subaccount.entity.js';
import { Membership } from './membership.entity.js';
import type { Standing } from './standing.js';
import { User } from './user.entity.js';
import type { NewUser } from './user.entity.js';

export interface Member {
  readonly user: User;
  /** null: the user left the agency. */
  readonly role: Role | null;
}

/** Inserts a user with its role in the caller's transaction; throws EMAIL_TAKEN. */
export async function insertMember(
  tx: Transaction,
  facts: NewUser & { readonly standing: Standing },
): Promise<Member> {
  const user = User.create(facts);
  await insertUser(tx, user);
  const { role: strongest, roles } = facts.standing;
  const membership = Membership.create(user, strongest, facts.at);
  await tx.em.insert(membership);
  for (const [subaccountId, role] of roles) {
    await tx.em.insert(MembershipSubaccount.create(membership, subaccountId, role));
  }
  tx.append(userCreated(user, membership));
  for (const [subaccountId, role] of roles) tx.append(memberAdded(user.id, subaccountId, role));
  return { user, role: membership.role };
}

async function insertUser(tx: Transaction, user: User): Promise<void> {
  try {
    await tx.em.insert(user);
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw identityErrors.EMAIL_TAKEN({
      fields: [{ path: 'input.email', message: 'is the address of another user of this agency' }],
      cause: error,
    });
  }
}
