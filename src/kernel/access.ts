/**
 * The access catalogue: everything that a caller can be allowed to do. API key scopes are these names;
 * roles are sets of them; every root field of the API declares one.
 */
export const ACTIONS = [
  'agency:create',
  'agency:read',
  'subaccount:create',
  'subaccount:read',
  'subaccount:update',
  'plan:read',
  'plan:manage',
  'package:read',
  'package:manage',
  'voucher:read',
  'voucher:manage',
  'voucher:redeem',
  'usage:read',
  'user:create',
  'user:read',
  'user:update',
  'user:remove',
  'user:reset_password',
  'invitation:manage',
  'team:read',
  'team:manage',
  'audit:read',
  'api_key:create',
  'api_key:read',
  'api_key:revoke',
  'device:create',
  'device:read',
  'device:update',
  'device:pair',
  'device:regenerate_token',
  'device:suspend',
  'device:delete',
  'contact:read',
  'contact:update',
  'contact:merge',
  'contact:delete',
  'contact:import',
  'contact:export',
  'contact:configure',
  'conversation:read',
  'conversation:update',
  'message:read',
  'message:send',
  'canned_reply:read',
  'canned_reply:manage',
  'pipeline:read',
  'pipeline:create',
  'pipeline:update',
  'pipeline:delete',
  'deal:read',
  'deal:create',
  'deal:update',
  'deal:delete',
  'event:read',
  'webhook:read',
  'webhook:create',
  'webhook:update',
  'webhook:delete',
  'webhook:replay',
  'automation:read',
  'automation:create',
  'automation:update',
  'automation:delete',
] as const;

export type Action = (typeof ACTIONS)[number];

export const ROLES = ['AGENCY_OWNER', 'AGENCY_ADMIN', 'SUBACCOUNT_ADMIN', 'AGENT', 'VIEWER'] as const;
export type Role = (typeof ROLES)[number];

const READ: readonly Action[] = [
  'agency:read',
  'subaccount:read',
  'team:read',
  'plan:read',
  'package:read',
  'device:read',
  'contact:read',
  'conversation:read',
  'message:read',
  'canned_reply:read',
  'pipeline:read',
  'deal:read',
  'event:read',
];
const AGENT: readonly Action[] = [
  ...READ,
  'contact:update',
  'conversation:update',
  'message:send',
  'deal:create',
  'deal:update',
];
const SUBACCOUNT_ADMIN: readonly Action[] = [
  'user:read',
  'audit:read',
  'team:manage',
  'api_key:create',
  'api_key:read',
  'api_key:revoke',
  'usage:read',
  'voucher:redeem',
  'device:create',
  'device:update',
  'device:pair',
  'device:regenerate_token',
  'device:suspend',
  'device:delete',
  'pipeline:create',
  'pipeline:update',
  'pipeline:delete',
  'deal:delete',
  'contact:merge',
  'contact:delete',
  'contact:import',
  'contact:export',
  'contact:configure',
  'canned_reply:manage',
  ...AGENT,
  'webhook:read',
  'webhook:create',
  'webhook:update',
  'webhook:delete',
  'webhook:replay',
  'automation:read',
  'automation:create',
  'automation:update',
  'automation:delete',
];
const AGENCY_ADMIN: readonly Action[] = [
  ...SUBACCOUNT_ADMIN,
  'subaccount:create',
  'subaccount:update',
  'plan:manage',
  'package:manage',
  'voucher:read',
  'voucher:manage',
  'user:create',
  'user:update',
  'user:remove',
  'user:reset_password',
  'invitation:manage',
];

export const ROLE_ACTIONS: Readonly<Record<Role, ReadonlySet<Action>>> = {
  AGENCY_OWNER: new Set(AGENCY_ADMIN),
  AGENCY_ADMIN: new Set(AGENCY_ADMIN),
  SUBACCOUNT_ADMIN: new Set(SUBACCOUNT_ADMIN),
  AGENT: new Set(AGENT),
  VIEWER: new Set(READ),
};

/** Roles that see every subaccount of their agency; the others see only the ones they were given. */
export const AGENCY_WIDE_ROLES: ReadonlySet<Role> = new Set(['AGENCY_OWNER', 'AGENCY_ADMIN']);

/** A device's own token sends and reads for that device alone. */
export const DEVICE_TOKEN_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'device:read',
  'conversation:read',
  'message:read',
  'message:send',
]);

/** The self-hoster creates agencies and hands out the first users and keys; it reads and sends no messages. */
export const OPERATOR_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'agency:create',
  'agency:read',
  'subaccount:create',
  'subaccount:read',
  'subaccount:update',
  'user:create',
  'user:read',
  'user:update',
  'user:remove',
  'user:reset_password',
  'api_key:create',
  'api_key:read',
  'api_key:revoke',
]);

export function isAction(value: string): value is Action {
  return (ACTIONS as readonly string[]).includes(value);
}
