import { Migration } from '@mikro-orm/migrations';

/**
 * Plans, packages, vouchers and the quota ledger.
 *
 * - An agency gets its own copies of the shipped plans and packages by a trigger, so that no way of making an agency can forget them.
 * - Whoever belongs to one subaccount reads the agency's plans and packages and cannot change them; the database says so, too.
 * - `quota_grant` holds the balances, `quota_entry` is the ledger: the entries of a grant sum up to its `amount - used`.
 */
export class Billing extends Migration {
  override up(): void {
    for (const statement of [...CATALOGUE, ...SHIPPED, ...QUOTA]) this.addSql(statement);
    for (const table of ['plan', 'package']) {
      this.#secure(table, OF_AGENCY, `${OF_AGENCY} and (select app_all_subaccounts())`);
    }
    this.#secure('voucher', OF_AGENCY);
    for (const table of ['quota_grant', 'quota_entry']) {
      this.#secure(table, `${OF_AGENCY} and ${IN_SCOPE} and ${OF_DEVICE}`);
    }
    for (const statement of OWNERS) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }

  #secure(table: string, condition: string, check = condition): void {
    this.addSql(`alter table ${table} enable row level security`);
    this.addSql(`alter table ${table} force row level security`);
    this.addSql(`create policy ${table}_tenant on ${table} using (${condition}) with check (${check})`);
    this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
  }
}

const OF_AGENCY = 'agency_id = (select app_agency_id())';
const IN_SCOPE =
  '((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))';
const OF_DEVICE = '((select app_device_id()) is null or device_id = (select app_device_id()))';

/** `number` is the small integer that some clients know a row by; max_devices and monthly_allowance null: unlimited. */
const CATALOGUE = [
  `create table plan (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     number integer not null,
     code text not null,
     name text not null,
     max_devices integer check (max_devices >= 0),
     features text[] not null,
     is_default boolean not null,
     created_at timestamptz not null,
     archived_at timestamptz,
     unique (agency_id, id),
     unique (agency_id, code),
     unique (agency_id, number),
     check (not is_default or archived_at is null)
   )`,
  `create unique index plan_default on plan (agency_id) where is_default`,
  `create table package (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     number integer not null,
     code text not null,
     name text not null,
     monthly_allowance integer check (monthly_allowance >= 0),
     webhooks boolean not null,
     priority boolean not null,
     brand_line boolean not null,
     self_service boolean not null,
     is_default boolean not null,
     created_at timestamptz not null,
     archived_at timestamptz,
     unique (agency_id, id),
     unique (agency_id, code),
     unique (agency_id, number),
     check (not is_default or archived_at is null)
   )`,
  `create unique index package_default on package (agency_id) where is_default`,
];

/** Inserts the shipped rows for the agencies of `source`, which names their `id` and `created_at`. */
const shipPlans = (source: string): string =>
  `insert into plan (id, agency_id, number, code, name, max_devices, features, is_default, created_at)
   select gen_random_uuid(), a.id, s.number, s.code, s.name, s.max_devices, '{BULK_SENDING,PIPELINES,WEBHOOKS}',
          s.code = 'BUSINESS', a.created_at
   from ${source} a, (values
     (1, 'FREE', 'Free', 1), (2, 'LITE', 'Lite', 1), (3, 'REGULAR', 'Regular', 3), (4, 'BUSINESS', 'Business', null)
   ) as s (number, code, name, max_devices)`;
const shipPackages = (source: string): string =>
  `insert into package (id, agency_id, number, code, name, monthly_allowance, webhooks, priority, brand_line,
                        self_service, is_default, created_at)
   select gen_random_uuid(), a.id, s.number, s.code, s.name, s.allowance, s.code <> 'FREE', s.code <> 'FREE',
          s.code = 'FREE', true, s.code = 'UNLIMITED', a.created_at
   from ${source} a, (values
     (1, 'BETA', 'Beta Tester', null), (2, 'STARTER60K', 'Starter', null), (3, 'STARTUP240K', 'Startup', null),
     (4, 'BUSINESS', 'Business', null), (5, 'UNLIMITED', 'Unlimited', null), (6, 'FREE', 'Free', 1000)
   ) as s (number, code, name, allowance)`;

const SHIPPED = [
  `create function ship_catalogue() returns trigger language plpgsql set search_path = public, pg_temp as $$
   begin
     ${shipPlans('(select new.id, new.created_at)')};
     ${shipPackages('(select new.id, new.created_at)')};
     return new;
   end $$`,
  `create trigger agency_ship_catalogue after insert on agency for each row execute function ship_catalogue()`,
  shipPlans('agency'),
  shipPackages('agency'),
];

const QUOTA = [
  // The code is shown in lists: it is sold.
  `create table voucher (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     code text not null,
     amount integer not null check (amount > 0),
     validity_days integer not null check (validity_days > 0),
     max_uses integer not null check (max_uses > 0),
     use_count integer not null check (use_count between 0 and max_uses),
     redeem_by timestamptz,
     note text,
     created_at timestamptz not null,
     revoked_at timestamptz,
     unique (agency_id, id),
     unique (agency_id, code)
   )`,
  // FREE: a month (YYYY-MM) of the package's allowance. PRO: what a voucher gave, until it expires.
  `create table quota_grant (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     pool text not null check (pool in ('FREE', 'PRO')),
     period text,
     voucher_id uuid,
     amount integer not null check (amount >= 0),
     used integer not null check (used >= 0),
     expires_at timestamptz,
     created_at timestamptz not null,
     unique (agency_id, id),
     unique (device_id, period),
     unique (device_id, voucher_id),
     check ((pool = 'FREE') = (period is not null)),
     check ((pool = 'PRO') = (voucher_id is not null and expires_at is not null)),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id),
     foreign key (agency_id, voucher_id) references voucher (agency_id, id)
   )`,
  `create index quota_grant_pro on quota_grant (device_id, expires_at, id) where pool = 'PRO'`,
  // A message is charged, settled, and given back at most once each: the unique key says so.
  `create table quota_entry (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     grant_id uuid not null,
     message_id uuid,
     kind text not null check (kind in ('GRANT', 'ADJUST', 'RESERVE', 'COMMIT', 'REFUND', 'RECHARGE')),
     amount integer not null,
     created_at timestamptz not null,
     unique (message_id, kind),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id),
     foreign key (agency_id, grant_id) references quota_grant (agency_id, id)
   )`,
  `create index quota_entry_grant on quota_entry (grant_id, id)`,
];

/** What has a plan or a package, and what is charged. */
const OWNERS = [
  `alter table subaccount add column plan_id uuid`,
  `update subaccount s set plan_id = p.id from plan p where p.agency_id = s.agency_id and p.is_default`,
  `alter table subaccount alter column plan_id set not null,
     add foreign key (agency_id, plan_id) references plan (agency_id, id)`,
  `create index subaccount_plan on subaccount (plan_id)`,
  `alter table device add column package_id uuid`,
  `update device d set package_id = p.id from package p where p.agency_id = d.agency_id and p.is_default`,
  `alter table device alter column package_id set not null,
     add foreign key (agency_id, package_id) references package (agency_id, id)`,
  `create index device_package on device (package_id)`,
  // null: of a message that nobody was charged for, because it came in, or was typed on the phone.
  `alter table message add column quota_pool text check (quota_pool in ('FREE', 'PRO', 'UNLIMITED')),
     add column quota_grant_id uuid, add column quota_remaining integer, add column brand_line text`,
];
