import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Clock } from '../../../src/kernel/clock.js';
import type { Device, Supervisor } from '../../../src/modules/device/index.js';
import { shardOf } from '../../../src/modules/device/lease/shard.js';
import type { Phone } from '../../../src/simulator/index.js';
import { eventually } from '../../support/eventually.js';
import { DeviceStage } from './device-stage.js';
import type { Tenant } from './device-stage.js';

let stage: DeviceStage;
let tenant: Tenant;
let device: Device;
let phone: Phone;
const running: Supervisor[] = [];

beforeAll(async () => {
  stage = await DeviceStage.start();
});
afterAll(() => stage.end());
afterEach(async () => {
  for (const supervisor of running.splice(0)) await stage.stopProcess(supervisor);
});

/** The clock of a process that can hang: from then on nothing that it waits for comes. */
class HangingClock implements Clock {
  readonly now = systemClock.now;
  readonly monotonicMs = systemClock.monotonicMs;
  #hangs = false;

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(ms, signal);
    if (this.#hangs) await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject));
  }

  hang(): void {
    this.#hangs = true;
  }
}

/** The clock of a process that gets no processor for a while. */
class LateClock implements Clock {
  readonly now = systemClock.now;
  readonly sleep = systemClock.sleep;
  isLate = false;

  monotonicMs(): number {
    return systemClock.monotonicMs() + (this.isLate ? 2_500 : 0);
  }
}

async function startProcess(name: string, clock?: Clock): Promise<Supervisor> {
  const supervisor = await stage.startProcess(name, clock);
  running.push(supervisor);
  return supervisor;
}

async function fresh(): Promise<void> {
  tenant = await stage.tenant();
  device = await stage.device(tenant);
  phone = stage.simulator.createPhone();
}

const status = () => stage.status(tenant, device.id);
const pairing = async () => (await stage.pairings.findMany(tenant.ctx, [device.id])).get(device.id);

async function shownQr(attempt = 1): Promise<string> {
  await eventually(async () => (await pairing())?.attempt ?? 0).toBeGreaterThanOrEqual(attempt);
  await eventually(async () => (await pairing())?.qr ?? null).not.toBeNull();
  return (await pairing())?.qr ?? '';
}

/** Scans what is shown at the moment; a process that is short of time may have to show another one. */
async function scan(): Promise<void> {
  const attempt = async () => phone.scan((await pairing())?.qr ?? '');
  await eventually(() =>
    attempt().then(
      () => 'linked',
      () => 'not yet',
    ),
  ).toBe('linked');
}

async function connect(): Promise<void> {
  await stage.pairings.start(tenant.ctx, device.id, { method: 'QR' });
  await scan();
  await eventually(status).toBe('CONNECTED');
}

async function storedSecrets(): Promise<{ credentials: boolean; keys: number }> {
  const [row] = await stage.db.query<{ credentials: boolean; keys: string }>(
    `select s.credentials is not null as credentials,
            (select count(*) from signal_key k where k.device_id = s.device_id) as keys
     from device_secret s where s.device_id = $1`,
    [device.id],
  );
  return { credentials: row?.credentials ?? false, keys: Number(row?.keys ?? 0) };
}

/** Sockets that another login of the same link has thrown out (440). */
const replaced = (): number =>
  stage.simulator.ledger
    .connections({ accountNumber: phone.number })
    .filter(({ reason }) => reason === 'replaced').length;

const claimed = () => stage.db.query('select 1 from active_number where device_id = $1', [device.id]);

describe('a process that stops', () => {
  it('hands its devices over without logging out', async () => {
    await fresh();
    const first = await startProcess('first');
    await connect();
    running.splice(0);
    await stage.stopProcess(first);
    expect(await status()).toBe('OFFLINE');
    expect(phone.devices).toHaveLength(1);
    await startProcess('second');
    await eventually(status).toBe('CONNECTED');
    expect(phone.devices).toHaveLength(1);
  });

  it('leaves a pairing to the next one, which shows a code of its own', async () => {
    await fresh();
    const first = await startProcess('first');
    await stage.pairings.start(tenant.ctx, device.id, { method: 'QR' });
    await shownQr();
    running.splice(0);
    await stage.stopProcess(first);
    expect(await status()).toBe('PAIRING');
    await startProcess('second');
    await shownQr(2);
    await scan();
    await eventually(status).toBe('CONNECTED');
  });
});

describe('a process that hangs', () => {
  it('loses its devices, and what it says afterwards is not written', async () => {
    await fresh();
    const clock = new HangingClock();
    await startProcess('hangs', clock);
    await connect();
    clock.hang();
    await startProcess('heir');
    await eventually(replaced).toBe(1);
    await eventually(status).toBe('CONNECTED');
    // The old socket heard that it was replaced, and its process has no say any more.
    const seen = await stage.events(tenant, 'device.status_changed');
    expect(seen.map((event) => event['status'])).toEqual([
      'PAIRING',
      'CONNECTING',
      'CONNECTED',
      'CONNECTING',
      'CONNECTED',
    ]);
  });

  it('loses a pairing, which goes on elsewhere', async () => {
    await fresh();
    const clock = new HangingClock();
    await startProcess('hangs', clock);
    await stage.pairings.start(tenant.ctx, device.id, { method: 'QR' });
    await shownQr();
    clock.hang();
    await startProcess('heir');
    await shownQr(2);
    await scan();
    await eventually(status).toBe('CONNECTED');
    expect(await pairing()).toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe('credentials', () => {
  it('are erased by a logout, and the number is free', async () => {
    await fresh();
    await startProcess('only');
    await connect();
    expect((await storedSecrets()).credentials).toBe(true);
    expect(await claimed()).toHaveLength(1);
    await stage.devices.logOut(tenant.ctx, device.id);
    await eventually(storedSecrets).toEqual({ credentials: false, keys: 0 });
    await eventually(() => phone.devices.length).toBe(0);
    expect(await claimed()).toEqual([]);
  });

  it('are erased by the next process when nobody held a device that was deleted', async () => {
    await fresh();
    const first = await startProcess('first');
    await connect();
    running.splice(0);
    await stage.stopProcess(first);
    await stage.devices.delete(tenant.ctx, device.id);
    expect(await claimed()).toEqual([]);
    expect(phone.devices).toHaveLength(1);
    await startProcess('second');
    await eventually(storedSecrets).toEqual({ credentials: false, keys: 0 });
    // One login was made to take it off the phone's list of linked devices.
    await eventually(() => phone.devices.length).toBe(0);
  });

  it('are erased also when WhatsApp does not let the link be removed', async () => {
    await fresh();
    const first = await startProcess('first');
    await connect();
    running.splice(0);
    await stage.stopProcess(first);
    await stage.devices.logOut(tenant.ctx, device.id);
    stage.simulator.faults.add({ point: 'upgrade', times: null, action: { kind: 'http', status: 503 } });
    await startProcess('second');
    await eventually(storedSecrets).toEqual({ credentials: false, keys: 0 });
    stage.simulator.faults.clear();
    expect(phone.devices).toHaveLength(1);
  });

  it('stay through a suspension and a ban', async () => {
    await fresh();
    await startProcess('only');
    await connect();
    await stage.devices.suspend(tenant.ctx, device.id, null);
    await eventually(async () => (await stage.devices.get(tenant.ctx, device.id)).wakeAt).toBeNull();
    expect((await storedSecrets()).credentials).toBe(true);
    await stage.devices.resume(tenant.ctx, device.id);
    await eventually(status).toBe('CONNECTED');
    phone.setBanned(true);
    await eventually(status).toBe('BANNED');
    expect((await storedSecrets()).credentials).toBe(true);
    expect(await claimed()).toHaveLength(1);
  });

  it('are gone when a device says paired and nothing is left to log in with', async () => {
    await fresh();
    const first = await startProcess('first');
    await connect();
    running.splice(0);
    await stage.stopProcess(first);
    await stage.db.query('update device_secret set credentials = null where device_id = $1', [device.id]);
    await startProcess('second');
    await eventually(status).toBe('LOGGED_OUT');
    expect(await claimed()).toEqual([]);
  });
});

it('a process that could not trust its new leases for a moment, and kept them, connects their devices all the same', async () => {
  await fresh();
  const before = await startProcess('before');
  await connect();
  await stage.stopProcess(before);
  running.splice(running.indexOf(before), 1);
  // As one leaves it that is killed while it connects.
  await stage.db.query(`update device set connection = 'OPENING', wake_at = null where id = $1`, [device.id]);
  await stage.db.query('begin');
  await stage.db.query('lock table device in access exclusive mode');
  const clock = new LateClock();
  await startProcess('late', clock);
  // What lists the devices to adopt, and a sweep.
  const waiting = () =>
    stage.db.query(`select pid from pg_locks where relation = 'device'::regclass and not granted`);
  await eventually(async () => (await waiting()).length).toBeGreaterThan(1);
  // Longer than leases are trusted without a renewal, but only while the devices' turn comes: none is lost.
  clock.isLate = true;
  await stage.db.query('commit');
  await eventually(async () => (await waiting()).length).toBe(0);
  // By the time that some more answers have come, that one has been read as well.
  for (let answers = 0; answers < 10; answers += 1) await stage.db.query('select 1');
  clock.isLate = false;
  await eventually(status).toBe('CONNECTED');
});

it('a device that should be connected is, whether anybody said so or not', async () => {
  await fresh();
  await startProcess('only');
  await connect();
  await stage.devices.suspend(tenant.ctx, device.id, null);
  await eventually(() => phone.devices[0]?.connected).toBe(false);
  await eventually(async () => (await stage.devices.get(tenant.ctx, device.id)).wakeAt).toBeNull();
  // A row that says CONNECTED while nothing runs, and no wake-up.
  await stage.db.query(`update device set suspended = false, connection = 'OPEN' where id = $1`, [device.id]);
  await eventually(() => phone.devices[0]?.connected).toBe(true);
  await eventually(status).toBe('CONNECTED');
});

it('a device whose shard came back, not to be trusted yet, while its last session was closing is connected again', async () => {
  await fresh();
  const clock = new LateClock();
  const { promise: closing, resolve: closed } = Promise.withResolvers<undefined>();
  const { onLook } = stage.work;
  stage.work.onLook = () => closing;
  const supervisor = await startProcess('late', clock);
  await connect();
  const shard = shardOf(device.id);
  const epoch = async () => {
    const [row] = await stage.db.query<{ epoch: string }>('select epoch from shard_lease where shard = $1', [
      shard,
    ]);
    return Number(row?.epoch);
  };
  // The last that is written by itself: a refused write would end the session by itself, too.
  await eventually(
    async () => (await stage.devices.get(tenant.ctx, device.id)).profileName ?? null,
  ).not.toBeNull();
  const before = await epoch();
  // As after an owner in between.
  await stage.db.query('update shard_lease set epoch = epoch + 1 where shard = $1', [shard]);
  await eventually(epoch).toBe(before + 2);
  clock.isLate = true;
  closed(undefined);
  await eventually(() => supervisor.size.devices).toBe(0);
  clock.isLate = false;
  stage.work.onLook = onLook;
  await eventually(() => phone.devices[0]?.connected).toBe(true);
});
