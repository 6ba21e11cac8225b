import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import { Simulator } from '../../src/simulator/index.js';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';
import * as tenant from './support/tenant.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/** How long a device may take to be where it belongs after a start on a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 100 };

describe('a server that is killed with -9', () => {
  let stage: Stage;
  let simulator: Simulator;
  let subaccount: { id: string; key: string };
  let server: Program;
  let client: GraphqlClient;

  /** Nobody lives to see such leases end: whoever starts on the same data folder takes over what its predecessor held. */
  async function start(): Promise<string> {
    server = stage.server({ env: { ...tenant.whatsappOf(simulator), LEASE_TTL_SECONDS: '300' } });
    return tenant.urlOf(server);
  }

  async function killAndStart(): Promise<void> {
    await server.kill();
    client = new GraphqlClient(await start(), subaccount.key);
  }

  const device = (id: string): Promise<tenant.DeviceView> => tenant.findDevice(client, id);

  async function scanCode(id: string): Promise<void> {
    await expect.poll(async () => (await device(id)).pairing?.qr ?? null, PATIENCE).not.toBeNull();
    const qr = (await device(id)).pairing?.qr ?? '';
    await simulator.createPhone({ business: true }).scan(qr);
  }

  beforeAll(async () => {
    stage = await Stage.open();
    simulator = await Simulator.start();
    const url = await start();
    subaccount = await tenant.createSubaccount(tenant.asOperator(stage, url));
    client = new GraphqlClient(url, subaccount.key);
  });
  afterAll(async () => {
    expect(await stop(server)).toMatchObject({ code: 0 });
    await stage.expectNothingLeft();
    await stage.close();
    await simulator.close();
  });

  it('while a code is shown goes on pairing after its next start, and the new code works', async () => {
    const id = await tenant.createDevice(client, subaccount.id);
    await tenant.startPairing(client, id);
    await expect.poll(async () => (await device(id)).pairing?.qr ?? null, PATIENCE).not.toBeNull();
    const lost = (await device(id)).pairing?.qr;

    await killAndStart();

    expect((await device(id)).status).toBe('PAIRING');
    await expect
      .poll(async () => {
        const { qr } = (await device(id)).pairing ?? {};
        return qr !== null && qr !== lost;
      }, PATIENCE)
      .toBe(true);
    await scanCode(id);
    await expect.poll(async () => (await device(id)).status, PATIENCE).toBe('CONNECTED');
  });

  it('while it is idle connects its devices again without a new pairing, and sends what is queued', async () => {
    const id = await tenant.createDevice(client, subaccount.id);
    await tenant.startPairing(client, id);
    await scanCode(id);
    await expect.poll(async () => (await device(id)).status, PATIENCE).toBe('CONNECTED');

    await killAndStart();

    const customer = simulator.createPhone();
    await client.request(
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }`,
      { input: { deviceId: id, to: customer.number, text: 'after the crash' } },
    );
    await customer.waitForMessage(({ text }) => text === 'after the crash', 60_000);
    await expect.poll(async () => (await device(id)).status, PATIENCE).toBe('CONNECTED');
  });
});
