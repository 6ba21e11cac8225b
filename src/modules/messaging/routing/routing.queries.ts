import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

interface StickyRow {
  readonly contactId: string;
  readonly deviceId: string;
}

const FIND_STICKY_DEVICES = new PreparedStatement<StickyRow>(
  'find_sticky_devices',
  `select distinct on (c.contact_id) c.contact_id as "contactId", c.device_id as "deviceId"
   from conversation c join device d on d.id = c.device_id and d.deleted_at is null
   where c.contact_id = any ($1::uuid[]) and c.first_inbound_at is not null
   order by c.contact_id, c.first_inbound_at desc, c.id desc`,
);

/** For each contact that ever wrote, the device of the number that the person last began to write to. WhatsApp tells times in seconds. */
export async function findStickyDevices(
  em: EntityManager,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await FIND_STICKY_DEVICES.run(em, [`{${contactIds.join(',')}}`]);
  return new Map(rows.map(({ contactId, deviceId }) => [contactId, deviceId]));
}
