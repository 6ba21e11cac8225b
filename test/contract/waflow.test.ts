import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let sales: SeededDevice;
let support: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  const subaccount = seed(server).agency().subaccount();
  sales = await subaccount.device({ connected: true, label: 'Sales' });
  support = await subaccount.device({ connected: true, label: 'Support' });
});
afterAll(() => server.stop());

describe('numbers and subaccounts', () => {
  it('F1, F3: a device is one phone’s number in exactly one subaccount', async () => {
    const read = await sales.read<{ phoneNumber: string; subaccount: { id: string } }>(
      'phoneNumber subaccount { id }',
    );
    expect(read).toEqual({ phoneNumber: sales.phone.number, subaccount: { id: sales.subaccount.id } });
    const moved = await sales.api.mutationRefusal('updateDevice', {
      deviceId: sales.id,
      subaccountId: sales.subaccount.id,
    });
    expect(moved.code).toBe('BAD_USER_INPUT');
  });

  it('F2, F12: a subaccount has one or several, an agency one or several subaccounts', async () => {
    const { api } = sales.subaccount.agency;
    await api.mutate(
      'createSubaccount',
      { agencyId: sales.subaccount.agency.id, name: 'One more client' },
      '__typename',
    );
    const { agency } = await api.ask<{
      agency: { subaccounts: { nodes: { devices: { nodes: { label: string }[] } }[] } };
    }>('{ agency { subaccounts { nodes { devices { nodes { label } } } } } }');
    const labels = agency.subaccounts.nodes.map(({ devices }) => devices.nodes.map(({ label }) => label));
    expect(labels).toEqual([['Sales', 'Support'], []]);
  });

  it('F6, F9: what is written to one number is seen at that number alone, and answered from it', async () => {
    const customer = server.simulator.createPhone();
    await customer.sendText(sales.phone.number, 'to sales');
    const received = await sales.messageWith('to sales');
    expect(received.direction).toBe('INBOUND');
    expect((await support.messages()).map(({ text }) => text)).not.toContain('to sales');
    await sales.send({ to: customer.number, text: 'from sales' });
    await customer.waitForMessage(
      ({ text, from }) => text === 'from sales' && from === sales.phone.number,
      30_000,
    );
  });

  it('F11: history and number stay when somebody’s key is taken away', async () => {
    const before = await sales.messages();
    expect(before.length).toBeGreaterThan(0);
    const { apiKey } = await sales.api.mutate<{ apiKey: { id: string } }>(
      'createApiKey',
      { subaccountId: sales.subaccount.id, name: 'leaves soon', scopes: ['message:read'] },
      'apiKey { id }',
    );
    await sales.api.mutate('revokeApiKey', { apiKeyId: apiKey.id }, '__typename');
    expect((await sales.messages()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(await sales.status()).toBe('CONNECTED');
  });
});
