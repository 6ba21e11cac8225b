import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Device, LiveSession } from '../../../src/modules/device/index.js';
import type { Phone } from '../../../src/simulator/index.js';
import { contentCodec } from '../../../src/whatsapp/baileys/content.js';
import { succeeds } from '../../support/eventually.js';
import { DeviceStage } from './device-stage.js';

let stage: DeviceStage;
let device: Device;
let owner: Phone;
let customer: Phone;
let sessions: LiveSession[];
let sent = 0;

beforeAll(async () => {
  stage = await DeviceStage.start();
  stage.work.onOpen = async (live) => void sessions.push(live);
  await stage.startProcess('receipts');
});
afterAll(() => stage.end());
beforeEach(async () => {
  sessions = [];
  const tenant = await stage.tenant();
  device = await stage.device(tenant);
  owner = stage.simulator.createPhone();
  customer = stage.simulator.createPhone();
  customer.setReadAfter(null);
  await stage.pairings.start(tenant.ctx, device.id, { method: 'QR' });
  await succeeds(async () => {
    await owner.scan((await stage.pairings.findMany(tenant.ctx, [device.id])).get(device.id)?.qr ?? '');
  });
  await succeeds(() => expect(sessions).toHaveLength(1));
});

async function send(): Promise<string> {
  const whatsappId = `3EB0${String(++sent).padStart(18, '0')}`;
  const message = { whatsappId, to: customer.number, content: contentCodec.encodeText('hello') };
  expect(await sessions.at(-1)?.session.send(message)).toMatchObject({ kind: 'ACKED' });
  return whatsappId;
}

/** Whether WhatsApp was told that we have the receipt for a message. */
const isConfirmed = (id: string): boolean =>
  stage.simulator.ledger
    .entries()
    .some((entry) => entry.direction === 'in' && entry.tag === 'ack' && entry.id === id);

const databaseAway = () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });

it('a receipt that cannot be stored at the moment is stored later, and confirmed only then', async () => {
  const outcomes: boolean[] = [];
  stage.work.onReceipts = async (_live, receipts) => {
    const whatsappIds = receipts.flatMap((receipt) => receipt.whatsappIds);
    outcomes.push(isConfirmed(whatsappIds[0] ?? ''));
    if (outcomes.length < 3) throw databaseAway();
  };
  const id = await send();
  await succeeds(() => expect(isConfirmed(id)).toBe(true));
  expect(outcomes).toEqual([false, false, false]);
});

it('a receipt that could not be stored before the connection ended comes again', async () => {
  let isAway = true;
  const stored: string[] = [];
  let tries = 0;
  stage.work.onReceipts = async (_live, receipts) => {
    const whatsappIds = receipts.flatMap((receipt) => receipt.whatsappIds);
    tries += 1;
    if (isAway) throw databaseAway();
    stored.push(...whatsappIds);
  };
  const id = await send();
  await succeeds(() => expect(tries).toBeGreaterThan(0));
  for (const link of owner.devices) link.disrupt({ kind: 'reset' });
  isAway = false;
  await succeeds(() => expect(stored).toContain(id));
});

it('a receipt that cannot be stored at all ends nothing', async () => {
  stage.work.onReceipts = async () => {
    throw new Error('a mistake of ours');
  };
  const id = await send();
  await succeeds(() => expect(isConfirmed(id)).toBe(true));
  expect(sessions.at(-1)?.session.isOpen).toBe(true);
});

it('of receipts that come together, one that cannot be stored takes no other with it', async () => {
  const stored: string[] = [];
  let bad = '';
  stage.work.onReceipts = async (_live, receipts) => {
    const ids = receipts.flatMap((receipt) => receipt.whatsappIds);
    if (ids.includes(bad)) throw new Error('a mistake of ours');
    stored.push(...ids);
  };
  customer.goOffline();
  const ids = [await send(), await send(), await send()];
  bad = ids[1] ?? '';
  customer.goOnline();
  await succeeds(() => expect(ids.filter(isConfirmed)).toEqual(ids));
  // A message of before may still be read by its customer now.
  const own = stored.filter((id) => ids.includes(id));
  expect(own.toSorted()).toEqual(ids.filter((id) => id !== bad));
});
