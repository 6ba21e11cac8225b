import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulator } from '../../simulator/index.js';
import type { GraphqlClient } from '../graphql-client.js';
import type { Narrator } from './narrator.js';

/** Long enough to look at the code in the terminal. */
const LOOK_MS = 3_000;

const PAIRINGS = `subscription ($subaccountId: ID!) {
  events(subaccountId: $subaccountId, topics: [DEVICE_PAIRING_UPDATED]) { ... on ObjectChanged { nodeId } } }`;
const SHOWN_QR = `query ($id: ID!) { device(id: $id) { label pairing { qr } } }`;

/** Somebody with a phone: scans each QR code that the subaccount's devices show, with a new number each time. */
export async function scanEveryQr(
  client: GraphqlClient,
  subaccountId: string,
  { simulator, narrator }: { simulator: Simulator; narrator: Narrator },
): Promise<void> {
  const scanned = new Set<string>();
  for await (const { events } of client.subscribe<{ events: { nodeId: string } }>(PAIRINGS, {
    subaccountId,
  })) {
    const { device } = await client.request<{
      device: { label: string; pairing: { qr: string | null } | null };
    }>(SHOWN_QR, { id: events.nodeId });
    const qr = device.pairing?.qr;
    if (qr === null || qr === undefined || scanned.has(events.nodeId)) continue;
    scanned.add(events.nodeId);
    await sleep(LOOK_MS);
    const phone = simulator.createPhone({ name: device.label });
    narrator.say(`    a phone with the number ${phone.number} scans the QR code of "${device.label}"`);
    await phone.scan(qr).catch((error: unknown) => narrator.say(`    it did not work: ${String(error)}`));
  }
}
