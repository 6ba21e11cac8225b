import type { ApiClient } from '../../support/api-client.js';
import type { SeededSubaccount } from '../../support/seed.js';

interface Offer {
  readonly id: string;
  readonly code: string;
}

/** The id of a package or plan of the caller's agency. */
export async function offerId(api: ApiClient, kind: 'packages' | 'plans', code: string): Promise<string> {
  const data = await api.ask<Record<string, { nodes: Offer[] }>>(`{ ${kind} { nodes { id code } } }`);
  const found = data[kind]?.nodes.find((offer) => offer.code === code);
  if (found === undefined) throw new Error(`there is no ${code} among the ${kind}`);
  return found.id;
}

/** Gives a device another package, as its agency. */
export async function repack(subaccount: SeededSubaccount, deviceId: string, code: string): Promise<void> {
  const { api } = subaccount.agency;
  const packageId = await offerId(api, 'packages', code);
  await api.mutate('updateDevice', { deviceId, packageId }, '__typename');
}

/** A code for one device. */
export async function createVoucher(subaccount: SeededSubaccount, amount: number): Promise<string> {
  const { vouchers } = await subaccount.agency.api.mutate<{ vouchers: { code: string }[] }>(
    'createVouchers',
    { amount, validityDays: 30 },
    'vouchers { code }',
  );
  return vouchers[0]?.code ?? '';
}
