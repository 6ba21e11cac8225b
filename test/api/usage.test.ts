import { afterAll, beforeAll, expect, it } from 'vitest';
import { succeeds } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  // A spreadsheet would run it.
  device = await seed(server).agency().subaccount().device({ connected: true, label: '=1+1' });
});
afterAll(() => server.stop());

const DAY_MS = 24 * 60 * 60_000;
const day = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
const range = { from: day(-1), to: day(1) };
const STEPS = 'pool accepted sent delivered read failed expired canceled';

/** What is counted, over all days of the range. */
async function totals(): Promise<readonly object[]> {
  const { subaccount } = await device.api.ask<{ subaccount: { usage: { nodes: object[] } } }>(
    `query ($id: ID!, $filter: UsageFilter!) { subaccount(id: $id) {
       usage(filter: $filter) { nodes { ${STEPS} device { id } subaccount { id } } } } }`,
    { id: device.subaccount.id, filter: { ...range, deviceId: device.id } },
  );
  return subaccount.usage.nodes;
}

it('counts each message once for each of its steps, however often and by however many it is counted', async () => {
  const customer = server.simulator.createPhone();
  for (const text of ['one', 'two', 'three']) await device.send({ to: customer.number, text });
  const nobody = await device.send({ to: '6281200000001', text: 'nobody' });
  const later = {
    to: customer.number,
    text: 'later',
    scheduledAt: new Date(Date.now() + DAY_MS).toISOString(),
  };
  const scheduled = await device.send(later);
  await device.api.mutate('cancelMessage', { messageId: scheduled.id }, '__typename');
  await device.messageBecomes(nobody.id, 'FAILED');
  const { usageCounter } = server.app.services;

  await succeeds(async () => {
    await Promise.all([usageCounter.countAll(), usageCounter.countAll()]);
    expect(await totals()).toEqual([
      {
        pool: 'UNLIMITED',
        accepted: 5,
        sent: 3,
        delivered: 3,
        read: 3,
        failed: 1,
        expired: 0,
        canceled: 1,
        device: { id: device.id },
        subaccount: { id: device.subaccount.id },
      },
    ]);
  });
});

it('is exported as CSV behind a link, in which nothing is a formula', async () => {
  const { agency } = await device.subaccount.agency.api.ask<{ agency: { usageExportUrl: string } }>(
    'query ($from: LocalDate!, $to: LocalDate!) { agency { usageExportUrl(from: $from, to: $to) } }',
    range,
  );
  const response = await fetch(agency.usageExportUrl);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(response.headers.get('content-disposition')).toContain(`usage-${range.from}-${range.to}.csv`);
  const [header, first, ...others] = (await response.text()).trim().split('\n');
  expect(header).toBe(
    'day,subaccount,subaccount_id,device,device_id,pool,accepted,sent,delivered,read,failed,expired,canceled',
  );
  expect(first).toContain(",'=1+1,");
  expect(first).toMatch(/,UNLIMITED,5,3,3,3,1,0,1$/);
  expect(others).toEqual([]);

  const changed = agency.usageExportUrl.replace(range.from, day(-30));
  expect((await fetch(changed)).status).toBe(404);
});

it('is read by day: other days have none, and a range ends after it begins', async () => {
  const ask = (filter: object) =>
    device.api.refusal(
      'query ($id: ID!, $filter: UsageFilter!) { subaccount(id: $id) { usage(filter: $filter) { nodes { accepted } } } }',
      {
        id: device.subaccount.id,
        filter,
      },
    );
  expect((await ask({ from: range.to, to: range.from })).fields).toEqual(['filter.to']);
  expect((await ask({ from: '2026-02-30', to: range.to })).code).toBe('BAD_USER_INPUT');
});
