import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../kernel/context.js';
import { Membership } from './membership.entity.js';
import type { Grantor } from './role.policy.js';

/** The caller as one who hands out roles and keys, with the role as it is now. */
export async function loadGrantor(em: EntityManager, ctx: Context): Promise<Grantor> {
  const { actor, actions } = ctx;
  if (actor.kind === 'operator') return { kind: 'operator', role: null, actions };
  if (actor.kind !== 'user') return { kind: 'api_key', role: null, actions };
  const membership = await em.findOne(Membership, { userId: actor.userId });
  return { kind: 'user', role: membership?.role ?? null, actions };
}
