import { Migration } from '@mikro-orm/migrations';

/**
 * A role for each subaccount that a member was given; until now it was the same in all of them. `membership.role` stays: a role of the whole
 * agency, or the strongest of those. An invitation knows who made it, so that it can end with their right to invite.
 */
export class SubaccountRoles extends Migration {
  override up(): void {
    for (const [table, parent, key] of TABLES) {
      this.addSql(`alter table ${table} add column role text`);
      this.addSql(`update ${table} t set role = p.role from ${parent} p where p.id = t.${key}`);
      this.addSql(`alter table ${table} alter column role set not null`);
      this.addSql(`alter table ${table} add check (role in ('SUBACCOUNT_ADMIN', 'AGENT', 'VIEWER'))`);
    }
    this.addSql('alter table invitation add column invited_by_id uuid');
    this.addSql(
      `create index invitation_inviter on invitation (agency_id, invited_by_id)
       where invited_by_id is not null and revoked_at is null and accepted_at is null`,
    );
    this.addSql(
      'create index membership_subaccount_place on membership_subaccount (agency_id, subaccount_id, role)',
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const TABLES = [
  ['membership_subaccount', 'membership', 'membership_id'],
  ['invitation_subaccount', 'invitation', 'invitation_id'],
] as const;
