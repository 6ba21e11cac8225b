import { stanzaId } from '../network.js';
import { SERVER } from '../wire/address.js';
import { node, unixSeconds } from '../wire/node.js';
import type { PhoneCore } from './phone-core.js';

export function setReachoutTimelock(
  core: PhoneCore,
  lock: { endsInSeconds: number; type?: string } | null,
): void {
  const ends = Math.floor(Date.now() / 1000) + (lock?.endsInSeconds ?? 0);
  const payload = {
    is_active: lock !== null,
    time_enforcement_ends: lock === null ? '0' : String(ends),
    enforcement_type: lock?.type ?? 'DEFAULT',
  };
  core.account.reachoutTimelock = lock === null ? undefined : payload;
  notify(core, 'NotificationUserReachoutTimelockUpdate', { xwa2_notify_account_reachout_timelock: payload });
}

export function setNewChatCap(core: PhoneCore, info: Record<string, unknown>): void {
  core.account.newChatCap = info;
  notify(core, 'MessageCappingInfoNotification', { xwa2_notify_new_chat_messages_capping_info_update: info });
}

function notify({ account, office }: PhoneCore, operation: string, data: Record<string, unknown>): void {
  for (const device of account.devices) {
    const update = node('update', { op_name: operation }, JSON.stringify({ data }));
    const attrs = { type: 'mex', from: SERVER, id: stanzaId(), t: unixSeconds() };
    office.deliver(device, node('notification', attrs, [update]));
  }
}
