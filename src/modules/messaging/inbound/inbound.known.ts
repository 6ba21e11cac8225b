import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { PlainEntry } from './inbound.plain.js';

/** Where a message belongs whose author has written to the device before. */
export interface KnownPlace {
  readonly contactId: string;
  readonly conversationId: string;
}

interface KnownRow extends KnownPlace {
  readonly place: number;
}

/** Parameters of {@link peopleOf}. */
export const PEOPLE_COLUMNS = '$3::text[], $4::text[], $5::text[], $6::text[]';

/** The contacts that the identities of an author `e` lead to; $1 subaccount. */
export const WITH_CONTACTS = `
  (select i.contact_id from contact_identity i
   where i.subaccount_id = $1 and i.kind = 'LID' and i.value = e.lid) as by_lid,
  (select i.contact_id from contact_identity i
   where i.subaccount_id = $1 and i.kind = 'PHONE' and i.value = e.phone) as by_phone`;

/** Whether contact `c` is the author `w`, with nothing new to be learnt. */
export const IS_AUTHOR = `
  (w.lid is null or w.by_lid = c.id)
  and (w.phone is null or (w.by_phone = c.id and c.phone_number = w.phone))
  and (w.push_name is null or c.push_name = w.push_name)`;

/**
 * $1 subaccount, $2 device, then an array for each column. The contact is held against a merge, the conversation for the update that follows; both in
 * one order, so that two batches cannot block each other.
 */
const HOLD_KNOWN = new PreparedStatement<KnownRow>(
  'hold_known_places',
  `with wanted as (
     select e.*, ${WITH_CONTACTS} from unnest(${PEOPLE_COLUMNS}) with ordinality as e (lid, phone, push_name, whatsapp_id, place)
   )
   select w.place::integer, c.id as "contactId", v.id as "conversationId"
   from wanted w
   join contact c on c.id = coalesce(w.by_lid, w.by_phone)
   join conversation v on v.device_id = $2 and v.kind = 'DIRECT' and v.contact_id = c.id
   where ${IS_AUTHOR}
     and v.first_inbound_at is not null
     and not exists (select from message_key k
                     where k.device_id = $2 and k.whatsapp_id = w.whatsapp_id and k.direction = 'INBOUND')
   order by v.id
   for key share of c for no key update of v`,
);

/** The place of each of these messages; null for one that is not to be put there without a look: it was applied before, or tells something new about its author. */
export async function holdKnownPlaces(
  tx: Transaction,
  { subaccountId, deviceId }: { readonly subaccountId: string; readonly deviceId: string },
  entries: readonly PlainEntry[],
): Promise<(KnownPlace | null)[]> {
  const rows = await HOLD_KNOWN.run(tx.em, [subaccountId, deviceId, ...peopleOf(entries)]);
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return entries.map((_, index) => byPlace.get(index + 1) ?? null);
}

/** Authors and names of messages, as {@link PEOPLE_COLUMNS} take them. */
export function peopleOf(entries: readonly PlainEntry[]): (string | null)[][] {
  return [
    entries.map(({ person }) => person.lid),
    entries.map(({ person }) => person.phoneNumber),
    entries.map(({ person }) => person.pushName ?? null),
    entries.map(({ entry }) => entry.whatsappId),
  ];
}
