import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

export interface Taken {
  readonly grant_id: string;
  /** Of the pool as a whole. */
  readonly amount: number;
  readonly remaining: number;
}

const ENTRY =
  'quota_entry (id, agency_id, subaccount_id, device_id, grant_id, message_id, kind, amount, created_at)';

/**
 * $1 device, $2 agency, $3 subaccount, $4 message, $5 id of the entry, $6 now.
 * The balance that expires first pays. All that are left are locked, so that what remains is right beside others who send.
 */
export const TAKE_PRO = new PreparedStatement<Taken>(
  'quota_take_pro',
  `with left_over as (
     select id, amount, used, expires_at from quota_grant
     where device_id = $1 and pool = 'PRO' and expires_at > $6 and used < amount
     order by expires_at, id for update
   ), taken as (
     update quota_grant g set used = g.used + 1
     from (select id from left_over order by expires_at, id limit 1) f where g.id = f.id
     returning g.id
   ), noted as (
     insert into ${ENTRY} select $5, $2, $3, $1, t.id, $4, 'RESERVE', -1, $6 from taken t
   )
   select t.id as grant_id, (select sum(amount)::int from left_over) as amount,
          (select sum(amount - used)::int - 1 from left_over) as remaining
   from taken t`,
);

/** As above, $7 period, $8 allowance: takes nothing while the balance of the month was opened with another allowance. */
export const TAKE_FREE = new PreparedStatement<Taken>(
  'quota_take_free',
  `with taken as (
     update quota_grant set used = used + 1
     where device_id = $1 and period = $7 and amount = $8 and used < amount
     returning id, amount, amount - used as remaining
   ), noted as (
     insert into ${ENTRY} select $5, $2, $3, $1, t.id, $4, 'RESERVE', -1, $6 from taken t
   )
   select id as grant_id, amount, remaining from taken`,
);

/** $1 device, $2 agency, $3 subaccount, $4 period, $5 allowance, $6 id of the balance, $7 id of the entry, $8 now. */
export const OPEN_MONTH = new PreparedStatement(
  'quota_open_month',
  `with opened as (
     insert into quota_grant (id, agency_id, subaccount_id, device_id, pool, period, amount, used, created_at)
     values ($6, $2, $3, $1, 'FREE', $4, $5, 0, $8) on conflict (device_id, period) do nothing returning id, amount
   )
   insert into ${ENTRY} select $7, $2, $3, $1, id, null, 'GRANT', amount, $8 from opened`,
);

/** $1 device, $2 agency, $3 subaccount, $4 period, $5 allowance, $6 id of the entry, $7 now. */
export const SET_MONTH = new PreparedStatement(
  'quota_set_month',
  `with before as (
     select id, amount from quota_grant where device_id = $1 and period = $4 and amount <> $5 for update
   ), changed as (
     update quota_grant g set amount = $5 from before b where g.id = b.id returning g.id
   )
   insert into ${ENTRY} select $6, $2, $3, $1, b.id, null, 'ADJUST', $5 - b.amount, $7 from before b join changed using (id)`,
);

/**
 * $1 device, $2 agency, $3 subaccount, $4 message, $5 balance, $6 and $7 ids of the entries.
 * What was given back is charged again, also beyond the balance.
 */
export const SETTLE = new PreparedStatement(
  'quota_settle',
  `with charged_again as (
     insert into ${ENTRY}
     select $7, $2, $3, $1, $5, $4, 'RECHARGE', -1, now()
     where exists (select from quota_entry where message_id = $4 and kind = 'REFUND')
     on conflict (message_id, kind) do nothing returning grant_id
   ), raised as (
     update quota_grant g set used = g.used + 1 from charged_again c where g.id = c.grant_id
   )
   insert into ${ENTRY} values ($6, $2, $3, $1, $5, $4, 'COMMIT', 0, now()) on conflict (message_id, kind) do nothing`,
);

/** As above, with one entry. What is settled stays so. */
export const GIVE_BACK = new PreparedStatement(
  'quota_give_back',
  `with noted as (
     insert into ${ENTRY}
     select $6, $2, $3, $1, $5, $4, 'REFUND', 1, now()
     where not exists (select from quota_entry where message_id = $4 and kind = 'COMMIT')
     on conflict (message_id, kind) do nothing returning grant_id
   )
   update quota_grant g set used = g.used - 1 from noted n where g.id = n.grant_id`,
);
