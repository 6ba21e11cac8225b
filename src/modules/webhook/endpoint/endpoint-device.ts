import { kernelErrors } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSendingDevice } from '../../device/index.js';
import type { SendingDevice } from '../../device/index.js';
import { webhookErrors } from '../webhook.errors.js';
import type { WebhookFeature } from '../webhook.feature.js';

/** A device that may have webhooks; throws NOT_FOUND, also for one of another subaccount, or WEBHOOKS_NOT_INCLUDED. */
export async function requireDevice(
  tx: Pick<Transaction, 'em'>,
  feature: WebhookFeature,
  deviceId: string,
  subaccountId?: string,
): Promise<SendingDevice> {
  const device = await getSendingDevice(tx, deviceId);
  if (subaccountId !== undefined && device.subaccountId !== subaccountId) throw kernelErrors.NOT_FOUND();
  const entitled = await feature.among(tx.em, [deviceId]);
  if (!entitled.has(deviceId)) throw webhookErrors.WEBHOOKS_NOT_INCLUDED();
  return device;
}
