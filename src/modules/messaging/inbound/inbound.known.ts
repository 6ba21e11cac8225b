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

/**
 * $1 subaccount, $2 device, then an array for each column. The contact is held against a merge, the conversation for the update that follows; both in
 * one order, so that two batches cannot block each other.
 */
const HOLD_KNOWN = new PreparedStatement<KnownRow>(
  'hold_known_places',
  `with wanted as (
     select e.*,
       (select i.contact_id from contact_identity i
        where i.subaccount_id = $1 and i.kind = 'LID' and i.value = e.lid) as by_lid,
       (select i.contact_id from contact_identity i
        where i.subaccount_id = $1 and i.kind = 'PHONE' and i.value = e.phone) as by_phone
     from unnest($3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
       as e (lid, phone, push_name, whatsapp_id, place)
   )
   select w.place::integer, c.id as "contactId", v.id as "conversationId"
   from wanted w
   join contact c on c.id = coalesce(w.by_lid, w.by_phone)
   join conversation v on v.device_id = $2 and v.kind = 'DIRECT' and v.contact_id = c.id
   where (w.lid is null or w.by_lid = c.id)
     and (w.phone is null or (w.by_phone = c.id and c.phone_number = w.phone))
     and (w.push_name is null or c.push_name = w.push_name)
     and v.first_inbound_at is not null
     and not exists (select from message_key k
                     where k.device_id = $2 and k.whatsapp_id = w.whatsapp_id and k.direction = 'INBOUND')
   order by v.id
   for key share of c for no key update of v`,
);

/**
 * The places of the first of these messages, up to one that is not to be put there without a look: it was applied before, or tells something new about
 * its author.
 */
export async function holdKnownPlaces(
  tx: Transaction,
  { subaccountId, deviceId }: { readonly subaccountId: string; readonly deviceId: string },
  entries: readonly PlainEntry[],
): Promise<KnownPlace[]> {
  const rows = await HOLD_KNOWN.run(tx.em, [
    subaccountId,
    deviceId,
    entries.map(({ person }) => person.lid),
    entries.map(({ person }) => person.phoneNumber),
    entries.map(({ person }) => person.pushName ?? null),
    entries.map(({ entry }) => entry.whatsappId),
  ]);
  const byPlace = new Map(rows.map((row) => [row.place - 1, row]));
  const places: KnownPlace[] = [];
  for (let row = byPlace.get(0); row !== undefined; row = byPlace.get(places.length)) places.push(row);
  return places;
}
