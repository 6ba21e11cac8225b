import { describe, expect, it } from 'vitest';
import { ACTIONS, OPERATOR_ACTIONS, ROLE_ACTIONS, ROLES } from '../../../src/kernel/access.js';
import type { Action, Role } from '../../../src/kernel/access.js';
import { actionsOfAll, Context } from '../../../src/kernel/context.js';
import {
  allowedActions,
  KEY_ACTIONS,
  mayGrantActions,
  scopesProblem,
} from '../../../src/modules/identity/api-key.policy.js';
import { mayGrantRole, subaccountsProblem } from '../../../src/modules/identity/role.policy.js';
import type { Grantor } from '../../../src/modules/identity/role.policy.js';

const withRole = (role: Role): Grantor => ({ kind: 'user', role, actions: ROLE_ACTIONS[role] });
const withKey = (...actions: Action[]): Grantor => ({
  kind: 'api_key',
  role: null,
  actions: new Set(actions),
});
const operator: Grantor = { kind: 'operator', role: null, actions: OPERATOR_ACTIONS };

/** What each role may do, written out: a change of the catalogue has to be made here as well. */
const EXPECTED: Record<Action, string> = {
  'agency:create': '',
  'agency:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'subaccount:create': 'AGENCY_OWNER AGENCY_ADMIN',
  'subaccount:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'subaccount:update': 'AGENCY_OWNER AGENCY_ADMIN',
  'subaccount:suspend': 'AGENCY_OWNER AGENCY_ADMIN',
  'plan:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'plan:manage': 'AGENCY_OWNER AGENCY_ADMIN',
  'package:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'package:manage': 'AGENCY_OWNER AGENCY_ADMIN',
  'voucher:read': 'AGENCY_OWNER AGENCY_ADMIN',
  'voucher:manage': 'AGENCY_OWNER AGENCY_ADMIN',
  'voucher:redeem': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'usage:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'user:create': 'AGENCY_OWNER AGENCY_ADMIN',
  'user:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'user:update': 'AGENCY_OWNER AGENCY_ADMIN',
  'user:remove': 'AGENCY_OWNER AGENCY_ADMIN',
  'user:reset_password': 'AGENCY_OWNER AGENCY_ADMIN',
  'invitation:manage': 'AGENCY_OWNER AGENCY_ADMIN',
  'team:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'team:manage': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'audit:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'api_key:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'api_key:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'api_key:revoke': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'device:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:pair': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:regenerate_token': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:suspend': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'device:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'contact:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'contact:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'contact:merge': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'contact:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'contact:import': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'contact:export': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'contact:configure': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'conversation:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'conversation:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'conversation_note:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'conversation_note:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'conversation_note:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'conversation_view:manage': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'conversation_view:share': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'inbox_settings:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'inbox_settings:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'message:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'message:send': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'canned_reply:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'canned_reply:manage': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'pipeline:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'pipeline:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'pipeline:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'pipeline:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'deal:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'deal:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'deal:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT',
  'deal:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'event:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER',
  'webhook:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'webhook:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'webhook:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'webhook:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'webhook:replay': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'automation:read': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'automation:create': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'automation:update': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
  'automation:delete': 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN',
};

describe('roles', () => {
  it.each(ACTIONS)('%s is allowed to the roles of the table and to no other', (action) => {
    expect(ROLES.filter((role) => ROLE_ACTIONS[role].has(action)).join(' ')).toBe(EXPECTED[action]);
  });

  it.each<[Role, string]>([
    ['AGENCY_OWNER', 'AGENCY_OWNER AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER'],
    ['AGENCY_ADMIN', 'AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER'],
    ['SUBACCOUNT_ADMIN', ''],
    ['AGENT', ''],
    ['VIEWER', ''],
  ])('%s gives the roles: %s', (role, granted) => {
    expect(ROLES.filter((wanted) => mayGrantRole(withRole(role), wanted)).join(' ')).toBe(granted);
  });

  it('the operator gives every role', () => {
    expect(ROLES.every((role) => mayGrantRole(operator, role))).toBe(true);
  });

  it('a key gives only roles whose every action it has, and never makes an owner', () => {
    const granted = (grantor: Grantor): string =>
      ROLES.filter((role) => mayGrantRole(grantor, role)).join(' ');
    expect(granted(withKey('user:create'))).toBe('');
    expect(granted(withKey('user:create', ...ROLE_ACTIONS.AGENT))).toBe('AGENT VIEWER');
    expect(granted(withKey(...ROLE_ACTIONS.AGENCY_ADMIN))).toBe('AGENCY_ADMIN SUBACCOUNT_ADMIN AGENT VIEWER');
    expect(granted(withKey(...ROLE_ACTIONS.AGENT))).toBe('');
  });

  it('a user whose role is gone gives none', () => {
    expect(mayGrantRole({ kind: 'user', role: null, actions: new Set() }, 'VIEWER')).toBe(false);
  });

  it.each<[Role, number, boolean]>([
    ['AGENCY_OWNER', 0, true],
    ['AGENCY_OWNER', 1, false],
    ['AGENCY_ADMIN', 0, true],
    ['AGENCY_ADMIN', 1, false],
    ['SUBACCOUNT_ADMIN', 0, false],
    ['SUBACCOUNT_ADMIN', 1, true],
    ['AGENT', 0, false],
    ['AGENT', 2, true],
    ['VIEWER', 0, false],
    ['VIEWER', 1, true],
  ])('%s with %i subaccounts is accepted: %s', (role, count, accepted) => {
    expect(subaccountsProblem(role, Array<string>(count).fill('id')) === null).toBe(accepted);
  });
});

describe('a member with a role in each subaccount', () => {
  const roles = new Map<string, Role>([
    ['led', 'SUBACCOUNT_ADMIN'],
    ['served', 'AGENT'],
    ['watched', 'VIEWER'],
  ]);
  const member = Context.forRequest({
    requestId: 'request-1',
    actor: { kind: 'user', userId: 'user', sessionId: 'session' },
    scope: { agencyId: 'agency', subaccountIds: [...roles.keys()] },
    actions: actionsOfAll([...roles.values()]),
    roles,
  });
  const allowed = (action: Action): string[] =>
    [...roles].filter(([, role]) => EXPECTED[action].split(' ').includes(role)).map(([id]) => id);

  it.each(ACTIONS)(
    '%s is allowed where the table allows it to the role there, and nowhere else',
    (action) => {
      const places = allowed(action);
      const narrowed = member.for(action);
      expect(narrowed.scope?.subaccountIds).toEqual(places);
      expect(narrowed.can(action)).toBe(places.length > 0);
      expect([...roles.keys()].filter((id) => member.can(action, id))).toEqual(places);
      // Whoever forgets to narrow lets through only what is allowed everywhere.
      expect(member.can(action)).toBe(places.length === roles.size);
    },
  );

  it.each(ACTIONS)('in the scope of %s nothing is allowed that is not allowed in all of it', (action) => {
    const narrowed = member.for(action);
    const places = allowed(action);
    const everywhere = ACTIONS.filter((other) => places.every((id) => allowed(other).includes(id)));
    expect([...narrowed.actions].sort()).toEqual(places.length === 0 ? [] : everywhere.sort());
  });

  it('is narrowed anew for each action, not further and further', () => {
    expect(member.for('webhook:create').for('message:read')).toBe(member);
    expect(member.for('webhook:create').for('message:send')).toBe(member.for('message:send'));
    expect(member.for('webhook:create').origin).toBe(member);
  });

  it('is refused by name where the role is too weak, and knows nothing of other subaccounts', () => {
    expect(() => member.require('webhook:create', 'served')).toThrow(
      'Your role in this subaccount, AGENT, does not allow webhook:create.',
    );
    expect(() => member.require('message:read', 'elsewhere')).toThrow(
      expect.objectContaining({ reason: 'NOT_FOUND' }) as Error,
    );
  });
});

describe('scopes of a key', () => {
  it('"*" means all that an administrator of the owner may do', () => {
    expect(allowedActions(['*'], 'agency')).toEqual(ROLE_ACTIONS.AGENCY_OWNER);
    expect(allowedActions(['*'], 'subaccount')).toEqual(ROLE_ACTIONS.SUBACCOUNT_ADMIN);
  });

  it('names that left the catalogue, and actions beyond the owner, mean nothing', () => {
    expect([...allowedActions(['message:send', 'message:teleport', 'user:create'], 'subaccount')]).toEqual([
      'message:send',
    ]);
  });

  it.each<[string[], 'agency' | 'subaccount', boolean]>([
    [['*'], 'agency', true],
    [['*'], 'subaccount', true],
    [['message:send', 'message:read'], 'subaccount', true],
    [['user:create'], 'agency', true],
    [['user:create'], 'subaccount', false],
    [['agency:create'], 'agency', false],
    [['message:teleport'], 'agency', false],
    [['MESSAGE:SEND'], 'agency', false],
    [[''], 'agency', false],
    [[], 'agency', false],
  ])('%j for a key of an %s is accepted: %s', (scopes, owner, accepted) => {
    expect(scopesProblem(scopes, owner) === null).toBe(accepted);
  });

  it('nobody gives a key more than they have', () => {
    const maker = withKey('api_key:create', 'message:read');
    expect(mayGrantActions(maker, new Set<Action>(['message:read']))).toBe(true);
    expect(mayGrantActions(maker, new Set<Action>(['message:read', 'message:send']))).toBe(false);
    expect(mayGrantActions(maker, KEY_ACTIONS.subaccount)).toBe(false);
    expect(mayGrantActions(withRole('SUBACCOUNT_ADMIN'), KEY_ACTIONS.subaccount)).toBe(true);
    expect(mayGrantActions(withRole('SUBACCOUNT_ADMIN'), KEY_ACTIONS.agency)).toBe(false);
    expect(mayGrantActions(operator, KEY_ACTIONS.agency)).toBe(true);
  });
});
