import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../../src/modules/device/index.js';
import { claimNumber, freeNumber } from '../../../src/modules/device/pairing/number-claim.js';
import { Pairing, PAIRING_TIMEOUT_MS } from '../../../src/modules/device/pairing/pairing.entity.js';
import { sealSecret } from '../../../src/modules/device/pairing/pairing.view.js';
import type { PairingView } from '../../../src/modules/device/pairing/pairing.view.js';
import { DeviceStage } from './device-stage.js';
import type { Tenant } from './device-stage.js';

/** No process serves these devices: the rows alone say what is so. */
let stage: DeviceStage;
let tenant: Tenant;
let device: Device;
beforeAll(async () => {
  stage = await DeviceStage.start();
});
afterAll(() => stage.end());

async function fresh(): Promise<void> {
  tenant = await stage.tenant();
  device = await stage.device(tenant);
}

const start = () => stage.pairings.start(tenant.ctx, device.id, { method: 'QR' });
const view = async () => (await stage.pairings.findMany(tenant.ctx, [device.id])).get(device.id) ?? null;

/** As a session does when WhatsApp shows a QR. */
async function offer(text: string, lifeMs: number): Promise<void> {
  await stage.db.database.write(tenant.ctx, async (tx) => {
    const pairing = await tx.em.findOneOrFail(Pairing, { deviceId: device.id });
    const now = stage.clock.now();
    const key = await stage.keys.dataKeyIn(tx, device.id);
    pairing.offer(sealSecret(pairing, text, key), new Date(now.getTime() + lifeMs), now);
    stage.journal.announce(tx, pairing);
  });
}

describe('a pairing', () => {
  it('starts once: a second one is refused while it runs, and nothing of it stays', async () => {
    await fresh();
    const results = await Promise.allSettled([start(), start(), start()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ kind: 'CONFLICT', reason: 'PAIRING_ALREADY_RUNNING' });
      }
    }
    expect(await stage.events(tenant, 'device.pairing_updated')).toHaveLength(1);
    expect(await stage.events(tenant, 'device.status_changed')).toEqual([
      { deviceId: device.id, previous: 'NOT_PAIRED', status: 'PAIRING' },
    ]);
  });

  it('by code needs a number', async () => {
    await fresh();
    const attempt = async () => stage.pairings.start(tenant.ctx, device.id, { method: 'PHONE_CODE' });
    await expect(attempt()).rejects.toMatchObject({ fields: [{ path: 'input.phoneNumber' }] });
    expect(await view()).toBeNull();
  });

  it('of a suspended device is refused; suspending cancels one', async () => {
    await fresh();
    await start();
    await stage.devices.suspend(tenant.ctx, device.id, 'unpaid');
    expect(await view()).toMatchObject({ state: 'CANCELED' });
    await expect(start()).rejects.toMatchObject({ reason: 'DEVICE_SUSPENDED' });
    await stage.devices.resume(tenant.ctx, device.id);
    expect(await stage.status(tenant, device.id)).toBe('NOT_PAIRED');
    expect((await start()).pairing.state).toBe('STARTING');
  });

  it('that nobody serves has expired after its time, and another may start', async () => {
    await fresh();
    await start();
    stage.clock.advance(PAIRING_TIMEOUT_MS);
    expect(await view()).toMatchObject({ state: 'EXPIRED' });
    expect((await start()).pairing.state).toBe('STARTING');
  });

  it('can be canceled while it runs and not afterwards', async () => {
    await fresh();
    await start();
    await stage.pairings.cancel(tenant.ctx, device.id);
    expect(await stage.status(tenant, device.id)).toBe('NOT_PAIRED');
    await expect(stage.pairings.cancel(tenant.ctx, device.id)).rejects.toMatchObject({
      reason: 'PAIRING_NOT_RUNNING',
    });
  });
});

describe('what there is to scan', () => {
  it('is sealed at rest, said by no event, and gone after its time', async () => {
    await fresh();
    await start();
    await offer('the secret text', 20_000);
    expect(await view()).toMatchObject({ state: 'WAITING_FOR_SCAN', qr: 'the secret text', attempt: 1 });
    const rows = await stage.db.query<{ secret: Buffer }>('select secret from pairing where device_id = $1', [
      device.id,
    ]);
    expect(rows[0]?.secret.toString('latin1')).not.toContain('secret text');
    const events = await stage.events(tenant, 'device.pairing_updated');
    expect(JSON.stringify(events)).not.toContain('secret text');
    expect(events.at(-1)).toMatchObject({ state: 'WAITING_FOR_SCAN', attempt: 1 });

    stage.clock.advance(20_000);
    expect(await view()).toMatchObject({ qr: null, expiresAt: null });
    await stage.pairings.cancel(tenant.ctx, device.id);
    const [emptied] = await stage.db.query('select secret, expires_at from pairing where device_id = $1', [
      device.id,
    ]);
    expect(emptied).toEqual({ secret: null, expires_at: null });
  });

  it('reaches a follower as it changes, to the end', async () => {
    await fresh();
    const seen: PairingView[] = [];
    const followed = (async () => {
      const { signal } = new AbortController();
      for await (const each of stage.pairings.follow(tenant.ctx, device.id, { signal })) {
        seen.push(each);
        if (each.state === 'STARTING') await offer('one', 20_000);
        else if (each.qr === 'one') await offer('two', 20_000);
        else if (each.qr === 'two') await stage.pairings.cancel(tenant.ctx, device.id);
      }
    })();
    await start();
    await followed;
    expect(seen.map(({ state, qr, attempt }) => [state, qr, attempt])).toEqual([
      ['STARTING', null, 0],
      ['WAITING_FOR_SCAN', 'one', 1],
      ['WAITING_FOR_SCAN', 'two', 2],
      ['CANCELED', null, 2],
    ]);
  });

  it('is followed no further by somebody who may not look any more', async () => {
    await fresh();
    await start();
    const { signal } = new AbortController();
    const revoked = new Error('revoked');
    const follower = stage.pairings.follow(tenant.ctx, device.id, {
      signal,
      recheck: () => Promise.reject(revoked),
    });
    await expect(follower.next()).rejects.toBe(revoked);
  });
});

describe('the claim of a number', () => {
  const claim = ({ ctx }: Tenant, claimant: Device, number: string) =>
    stage.db.database.write(ctx, (tx) => claimNumber(tx, claimant, number, stage.clock.now()));

  it('goes to exactly one of many devices of many tenants', async () => {
    const rivals = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const rival = await stage.tenant();
        return { rival, claimant: await stage.device(rival) };
      }),
    );
    const won = await Promise.all(
      rivals.map(({ rival, claimant }) => claim(rival, claimant, '6281200000009')),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it('may be repeated, moves to another number, and ends', async () => {
    await fresh();
    const rival = await stage.tenant();
    const claimant = await stage.device(rival);
    expect(await claim(tenant, device, '6281200000001')).toBe(true);
    expect(await claim(tenant, device, '6281200000001')).toBe(true);
    expect(await claim(rival, claimant, '6281200000001')).toBe(false);
    expect(await claim(tenant, device, '6281200000002')).toBe(true);
    expect(await claim(rival, claimant, '6281200000001')).toBe(true);
    await stage.db.database.write(tenant.ctx, (tx) => freeNumber(tx, device.id));
    expect(await claim(rival, claimant, '6281200000002')).toBe(true);
  });
});
