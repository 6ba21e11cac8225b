import { bothDone } from '../../../kernel/both-done.js';
import { newId } from '../../../kernel/ids.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ContactDirectory } from '../../contact/index.js';
import { conversationCreated } from '../conversation/conversation.events.js';
import type { MessagePlace } from '../message/message.entity.js';
import { IS_AUTHOR, PEOPLE_COLUMNS, peopleOf, WITH_CONTACTS } from './inbound.known.js';
import type { PlainEntry } from './inbound.plain.js';

/** $1 subaccount, $2 device, $3 to $6 as {@link PEOPLE_COLUMNS}, $7 agency, then ids and times. */
const OPEN_CONVERSATIONS = new PreparedStatement<{ readonly id: string }>(
  'open_first_conversations',
  `with wanted as (
     select e.*, ${WITH_CONTACTS} from unnest(${PEOPLE_COLUMNS}, $8::uuid[], $9::timestamptz[]) with ordinality
       as e (lid, phone, push_name, whatsapp_id, id, at, place)
   ), met as (
     select distinct on (c.id) w.id, c.id as contact_id, w.at
     from wanted w join contact c on c.id = coalesce(w.by_lid, w.by_phone)
     where ${IS_AUTHOR}
     order by c.id, w.place
   )
   insert into conversation as v (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count,
                                  received_count, last_message_at, created_at, first_inbound_at)
   select m.id, $7, $1, $2, 'DIRECT', m.contact_id, 'OPEN', 0, 0, m.at, m.at, m.at from met m
   on conflict (device_id, contact_id) where kind = 'DIRECT' do update
     set first_inbound_at = excluded.first_inbound_at where v.first_inbound_at is null
   returning v.id`,
);

/**
 * Makes contacts and conversations for people who write to this device for the first time, however many. Returns whether there are such people; whoever
 * takes more than that, as by a number that was somebody else's, is left alone.
 */
export async function welcome(
  tx: Transaction,
  device: Omit<MessagePlace, 'conversationId'>,
  entries: readonly PlainEntry[],
  contacts: Pick<ContactDirectory, 'introduce'>,
): Promise<boolean> {
  const { agencyId, subaccountId, deviceId } = device;
  const ids = entries.map(() => newId());
  const [, opened] = await bothDone(
    contacts.introduce(
      tx,
      device,
      entries.map(({ person }) => person),
    ),
    OPEN_CONVERSATIONS.run(tx.em, [
      subaccountId,
      deviceId,
      ...peopleOf(entries),
      agencyId,
      ids,
      entries.map(({ entry }) => entry.envelope.sentAt),
    ]),
  );
  for (const { id } of opened) {
    if (ids.includes(id)) tx.append(conversationCreated({ id, subaccountId, deviceId }));
  }
  return opened.length > 0;
}
