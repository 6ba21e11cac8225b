import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import { ROLES } from '../../kernel/access.js';
import type { Role } from '../../kernel/access.js';

const ROLE_DESCRIPTIONS: Record<Role, string> = {
  AGENCY_OWNER: 'Everything in the agency; the only role that makes other owners.',
  AGENCY_ADMIN: 'Everything in the agency but making owners.',
  SUBACCOUNT_ADMIN: 'Everything in the subaccounts given, but no new users.',
  AGENT: 'Reads and sends messages in the subaccounts given.',
  VIEWER: 'Reads in the subaccounts given.',
};

export const RoleEnum = Object.fromEntries(ROLES.map((role) => [role, role]));
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a user may do.',
  valuesConfig: Object.fromEntries(ROLES.map((role) => [role, { description: ROLE_DESCRIPTIONS[role] }])),
});
