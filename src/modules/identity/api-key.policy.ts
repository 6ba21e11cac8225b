import { ACTIONS, isAction, ROLE_ACTIONS } from '../../kernel/access.js';
import type { Action } from '../../kernel/access.js';
import type { Grantor } from './role.policy.js';

const ALL_SCOPES = '*';

export type KeyOwner = 'agency' | 'subaccount';

/** The most that a key can be allowed to do: what an administrator of its owner may. */
export const KEY_ACTIONS: Readonly<Record<KeyOwner, ReadonlySet<Action>>> = {
  agency: ROLE_ACTIONS.AGENCY_OWNER,
  subaccount: ROLE_ACTIONS.SUBACCOUNT_ADMIN,
};

/** What the stored scopes of a key mean today; names that left the catalogue mean nothing. */
export function allowedActions(scopes: readonly string[], owner: KeyOwner): ReadonlySet<Action> {
  if (scopes.includes(ALL_SCOPES)) return KEY_ACTIONS[owner];
  return new Set(scopes.filter(isAction).filter((action) => KEY_ACTIONS[owner].has(action)));
}

/** What is wrong with the scopes asked for, or null. */
export function scopesProblem(scopes: readonly string[], owner: KeyOwner): string | null {
  if (scopes.length === 0) return `must name at least one action, or "${ALL_SCOPES}"`;
  if (!scopes.every((scope) => scope === ALL_SCOPES || isAction(scope))) {
    return `must be actions or "${ALL_SCOPES}"; the actions are ${ACTIONS.join(', ')}`;
  }
  const beyond = scopes.filter(isAction).filter((action) => !KEY_ACTIONS[owner].has(action));
  return beyond.length > 0 ? `cannot include ${beyond.join(', ')} in a key of this kind` : null;
}

/** Nobody gives a key more than they have themselves; the operator hands out the first keys, so it may give any. */
export function mayGrantActions(grantor: Grantor, actions: ReadonlySet<Action>): boolean {
  return grantor.kind === 'operator' || [...actions].every((action) => grantor.actions.has(action));
}
