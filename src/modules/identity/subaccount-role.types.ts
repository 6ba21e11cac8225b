import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Role } from '../../kernel/access.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import type { StandingRequest, SubaccountRole } from './standing.js';
import type { GivenSubaccount } from './user.queries.js';
import { RoleEnum } from './role.types.js';

@ObjectType('SubaccountRole', { description: 'What somebody may do in a subaccount.' })
export class SubaccountRoleType {
  @Field(() => SubaccountType, { description: 'The subaccount.' })
  readonly subaccount: SubaccountType;

  @Field(() => RoleEnum, { description: 'The role there.' })
  readonly role: Role;

  constructor({ subaccount, role }: GivenSubaccount) {
    this.subaccount = new SubaccountType(subaccount);
    this.role = role;
  }
}

@InputType('SubaccountRoleInput', { description: 'What somebody may do in a subaccount.' })
export class SubaccountRoleInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => RoleEnum, { description: 'The role there: SUBACCOUNT_ADMIN, AGENT or VIEWER.' })
  role: Role = 'VIEWER';
}

@InputType('StandingInput', { description: 'What somebody may do, and where.' })
export abstract class StandingInput {
  @Field(() => RoleEnum, {
    nullable: true,
    description: "What the user may do: at most the caller's own role.",
  })
  role?: Role | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'All subaccounts where `role` holds; none for roles that see all of the agency.',
  })
  subaccountIds?: string[] | null;

  @Field(() => [SubaccountRoleInput], {
    nullable: true,
    description:
      'Subaccounts where the user has another role. Beside `subaccountIds`, which together with it must name at least one.',
  })
  subaccountRoles?: SubaccountRoleInput[] | null;
}

/** Throws INVALID_ID. */
export function toStanding({ role, subaccountIds, subaccountRoles }: StandingInput): StandingRequest {
  const roleAt = (each: SubaccountRoleInput, index: number): SubaccountRole => ({
    role: each.role,
    subaccountId: fromPublicId(
      'Subaccount',
      each.subaccountId,
      `input.subaccountRoles.${index}.subaccountId`,
    ),
  });
  return {
    role,
    subaccountIds: subaccountIds?.map((id, index) =>
      fromPublicId('Subaccount', id, `input.subaccountIds.${index}`),
    ),
    subaccountRoles: subaccountRoles?.map(roleAt),
  };
}
