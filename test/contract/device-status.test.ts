import { afterAll, beforeAll, expect, it } from 'vitest';
import { MovableClock } from '../support/movable-clock.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { createVoucher } from './support/catalogue.js';
import { bearer, DoorClient } from './support/door-client.js';

const PAIRING_MS = 3 * 60_000;
const clock = new MovableClock();
let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer({ clock });
  device = await seed(server)
    .agency()
    .subaccount({ requireBusinessAccount: true })
    .device({ phone: { business: true } });
});
afterAll(() => server.stop());

/** What each door says of the device, and what GraphQL says. */
interface Words {
  readonly wagy: string;
  readonly whatspie: string;
  readonly wapiz: string;
  readonly health: string;
}

/** A user of the subaccount, logged in through WAPIZ's door. */
async function logIn(): Promise<DoorClient> {
  const { id, agency } = device.subaccount;
  const user = { email: 'operator@example.com', password: 'correct horse battery staple' };
  const role = { agencyId: agency.id, role: 'SUBACCOUNT_ADMIN', subaccountIds: [id] };
  await agency.api.mutate('createUser', { ...user, ...role }, '__typename');
  const { headers } = await new DoorClient(server, 'wapiz').post('/api/auth/login', user);
  return new DoorClient(server, 'wapiz', { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' });
}

async function createReader(): Promise<() => Promise<Words>> {
  const wagy = new DoorClient(server, 'wagy', bearer(device.token));
  const whatspie = new DoorClient(server, 'whatspie', bearer(device.api.token));
  const wapiz = await logIn();
  const [shown] = (await wapiz.get('/api/devices')).body as { id: string }[];
  return async () => {
    const { data: own } = (await wagy.get(`/${device.id}`)).body as { data: { status: string } };
    const { data: listed } = (await whatspie.get('/devices')).body as { data: { paired_status: string }[] };
    const status = (await wapiz.get(`/api/devices/${shown?.id ?? ''}/status`)).body as { status: string };
    const { health } = await device.read<{ health: string }>('health');
    return { wagy: own.status, whatspie: listed[0]?.paired_status ?? '', wapiz: status.status, health };
  };
}

it(
  'W6, W7, W8, W9, P7, P8, P9, P10, F13, F14, F15, F16, Z10, Z11, Z12: one device through its states, in four vocabularies',
  { timeout: 120_000 },
  async () => {
    const words = await createReader();
    const says = async (wagy: string, whatspie: string, wapiz: string, health: string): Promise<void> =>
      expect(await words()).toEqual({ wagy, whatspie, wapiz, health });

    await says('Not Paired', 'UNPAIRED', 'disconnected', 'PENDING_CONNECTION');

    await device.showQr();
    await device.becomes('PAIRING');
    await says('Not Paired', 'UNPAIRED', 'connected', 'PENDING_CONNECTION');

    clock.advance(PAIRING_MS);
    await device.becomes('PAIRING_EXPIRED');
    await says('Not Paired', 'EXPIRED', 'disconnected', 'REQUIRES_ATTENTION');

    const person = server.simulator.createPhone({ business: false });
    await person.scan(await device.showQr());
    await device.becomes('REJECTED');
    await says('Rejected', 'UNPAIRED', 'disconnected', 'REQUIRES_ATTENTION');

    await device.connect();
    await says('Connected', 'PAIRED', 'logged_in', 'CONNECTED');

    device.link.disrupt({ kind: 'streamError', code: '440', conflict: 'replaced' });
    await device.becomes('REPLACED');
    await says('Paired (Offline)', 'PAIRED', 'disconnected', 'REQUIRES_ATTENTION');

    await device.do('reconnectDevice');
    await device.becomes('CONNECTED');
    await device.do('suspendDevice', { reason: 'the walk' });
    await says('Paired (Offline)', 'SUSPENDED', 'disconnected', 'REQUIRES_ATTENTION');

    await device.do('resumeDevice');
    await device.becomes('CONNECTED');
    device.phone.setBanned(true);
    await device.becomes('BANNED');
    await says('Not Paired', 'SUSPENDED', 'disconnected', 'REQUIRES_ATTENTION');

    device.phone.setBanned(false);
    await device.do('reconnectDevice');
    await device.becomes('CONNECTED');
    await device.do('logoutDevice');
    await says('Not Paired', 'UNPAIRED', 'disconnected', 'REQUIRES_ATTENTION');
  },
);

it('W16: what a voucher gave lapses at its end', async () => {
  const code = await createVoucher(device.subaccount, 5);
  const office = new DoorClient(server, 'wagy', bearer(device.api.token));
  const quota = async () => (await office.get(`/${device.id}/quota`)).body;
  expect((await office.post(`/${device.id}/voucher`, { code })).status).toBe(200);
  expect(await quota()).toMatchObject({ data: { pro: { total: 5, remaining: 5 } } });
  clock.advance(31 * 24 * 60 * 60_000);
  expect(await quota()).toMatchObject({ data: { pro: { total: 0, remaining: 0, expires_at: null } } });
});
