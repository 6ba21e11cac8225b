import type { z } from 'zod';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { DoorServices } from '../door/door-services.js';
import { subaccountOf } from '../door/door-words.js';
import type { Account } from './wapiz.schemas.js';

/** An account of WAPIZ is a user with one subaccount. */
export class WapizAccounts {
  readonly #services: Pick<DoorServices, 'plans' | 'subaccounts' | 'users'>;

  constructor(services: Pick<DoorServices, 'plans' | 'subaccounts' | 'users'>) {
    this.#services = services;
  }

  /** Throws ACTION_NOT_ALLOWED for users that see several subaccounts. */
  async of(caller: Context): Promise<z.infer<typeof Account>> {
    const { plans, subaccounts, users } = this.#services;
    const subaccount = await subaccounts.getSubaccount(caller, subaccountOf(caller));
    const [member] = await users.findMembers(caller, [userOf(caller)]);
    const [plan] = await plans.findMany(caller, [subaccount.planId]);
    if (member === undefined || plan === undefined) throw kernelErrors.NOT_FOUND();
    return {
      id: member.user.id,
      name: subaccount.name,
      email: member.user.email,
      subscription: {
        status: 'active',
        expiresAt: null,
        plan: { name: plan.name, slug: plan.code.toLowerCase() },
      },
    };
  }
}

/** The user that a session belongs to. */
export function userOf({ actor }: Context): string {
  if (actor.kind !== 'user') throw kernelErrors.TOKEN_INVALID();
  return actor.userId;
}
