import { Migration } from '@mikro-orm/migrations';

/**
 * People who come and go. Whoever leaves loses the membership, and every right with it; the user stays, because what they did
 * names them. An invitation is found by the hash of its token.
 */
export class Members extends Migration {
  override up(): void {
    this.addSql('alter table app_user add column removed_at timestamptz');
    this.addSql('drop index app_user_email');
    this.addSql(
      'create unique index app_user_email on app_user (agency_id, lower(email)) where removed_at is null',
    );
    this.addSql('drop index app_user_login');
    this.addSql('create index app_user_login on app_user (lower(email)) where removed_at is null');
    for (const statement of [...INVITATIONS, ...FUNCTIONS]) this.addSql(statement);
    for (const table of ['invitation', 'invitation_subaccount']) {
      const condition = 'agency_id = (select app_agency_id())';
      this.addSql(`alter table ${table} enable row level security`);
      this.addSql(`alter table ${table} force row level security`);
      this.addSql(`create policy ${table}_tenant on ${table} using (${condition}) with check (${condition})`);
      this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
    }
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const INVITATIONS = [
  `create table invitation (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     email text not null,
     role text not null check (role in ('AGENCY_OWNER', 'AGENCY_ADMIN', 'SUBACCOUNT_ADMIN', 'AGENT', 'VIEWER')),
     token_hash bytea not null unique,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     revoked_at timestamptz,
     accepted_at timestamptz,
     user_id uuid,
     unique (agency_id, id),
     check ((accepted_at is null) = (user_id is null)),
     foreign key (agency_id, user_id) references app_user (agency_id, id)
   )`,
  `create index invitation_list on invitation (agency_id, id)`,
  `create unique index invitation_open on invitation (agency_id, lower(email))
     where revoked_at is null and accepted_at is null`,
  `create table invitation_subaccount (
     invitation_id uuid not null,
     subaccount_id uuid not null,
     agency_id uuid not null,
     primary key (invitation_id, subaccount_id),
     foreign key (agency_id, invitation_id) references invitation (agency_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
];

const FUNCTIONS = [
  `create or replace function find_login_candidates(address text) returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select u.id, u.agency_id from app_user u
     where lower(u.email) = lower(address) and u.removed_at is null order by u.id limit 5 $$`,
  `create function find_invitation(hash bytea) returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select i.id, i.agency_id from invitation i where i.token_hash = hash $$`,
];
