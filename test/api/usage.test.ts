import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromPublicId } from '../../src/kernel/ids.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
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
  expect(first).toContain(`,${device.subaccount.id},'=1+1,${device.id},`);
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

it('is of the day by the wall clock of the subaccount', async () => {
  // At any moment these two have different dates.
  const days = await Promise.all(
    ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map(async (timezone) => {
      const local = await seed(server).agency().subaccount({ timezone }).device({ connected: true });
      const before = wallClockDay(timezone);
      const { id } = await local.send({ to: '6281200000002', text: 'hello', scheduledAt: inADay() });
      const after = wallClockDay(timezone);
      await local.api.mutate('cancelMessage', { messageId: id }, '__typename');
      const [counted] = await succeeds(async () => {
        await server.app.services.usageCounter.countAll();
        const found = await daysOf(local);
        expect(found).toHaveLength(1);
        return found;
      });
      expect([before, after]).toContain(counted);
      return counted;
    }),
  );
  expect(new Set(days).size).toBe(2);
});

it('of more days than one read takes is exported whole and in order', async () => {
  const { id, subaccount } = await seed(server).agency().subaccount().device();
  const owner = new Client(toPgConfig(server.connections.owner));
  await owner.connect();
  await owner.query(
    `insert into usage_day (device_id, day, pool, agency_id, subaccount_id, accepted, sent, delivered, read, failed,
                            expired, canceled)
     select $1, day, pool, $2, $3, 1, 0, 0, 0, 0, 0, 0
     from generate_series(date '2025-01-01', date '2025-12-31', '1 day') day,
          unnest(array['FREE', 'PRO', 'UNLIMITED']) pool`,
    [
      fromPublicId('Device', id),
      fromPublicId('Agency', subaccount.agency.id),
      fromPublicId('Subaccount', subaccount.id),
    ],
  );
  await owner.end();
  const { subaccount: read } = await subaccount.api.ask<{ subaccount: { usageExportUrl: string } }>(
    'query ($id: ID!) { subaccount(id: $id) { usageExportUrl(from: "2025-01-01", to: "2025-12-31") } }',
    { id: subaccount.id },
  );
  const [, ...lines] = (await (await fetch(read.usageExportUrl)).text()).trim().split('\n');
  const places = lines.map((line) => {
    const columns = line.split(',');
    return `${columns[0] ?? ''} ${columns[5] ?? ''}`;
  });
  expect(places).toHaveLength(365 * 3);
  expect(places).toEqual([...new Set(places)].sort());
  expect([places[0], places.at(-1)]).toEqual(['2025-01-01 FREE', '2025-12-31 UNLIMITED']);
});

const inADay = (): string => new Date(Date.now() + DAY_MS).toISOString();

function wallClockDay(timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const part = Object.fromEntries(parts.formatToParts().map(({ type, value }) => [type, value]));
  return `${part['year'] ?? ''}-${part['month'] ?? ''}-${part['day'] ?? ''}`;
}

/** The days on which a device accepted messages. */
async function daysOf({ api, subaccount }: SeededDevice): Promise<readonly string[]> {
  const { subaccount: found } = await api.ask<{
    subaccount: { usage: { nodes: { date: string; accepted: number }[] } };
  }>(
    `query ($id: ID!, $filter: UsageFilter!) { subaccount(id: $id) { usage(filter: $filter) { nodes { date accepted } } } }`,
    { id: subaccount.id, filter: { from: day(-2), to: day(2) } },
  );
  return found.usage.nodes.filter(({ accepted }) => accepted > 0).map(({ date }) => date);
}
