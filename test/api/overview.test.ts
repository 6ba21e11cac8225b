import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { createColleague } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededAgency, SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const env = { MASTER_KEY: randomBytes(32).toString('base64') };
let server: TestServer;
/** Does nothing but answer, so that every statement it runs is the question's. */
let answering: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env });
  const { connections, simulator } = server;
  answering = await startTestServer({ env: { ...env, ROLES: 'api' }, shared: { connections, simulator } });
});
afterAll(async () => {
  await answering.stop();
  await server.stop();
});

interface Overview {
  readonly deviceCount: number;
  readonly devicesByStatus: readonly { readonly status: string; readonly count: number }[];
  readonly attention: readonly { readonly id: string; readonly attention: readonly string[] }[];
  readonly volume: Readonly<Record<string, number>>;
  readonly quotaLeft: Readonly<Record<string, number>>;
  readonly responseTimes: {
    readonly openedCount: number;
    readonly firstResponse: { readonly count: number; readonly medianSeconds: number | null };
  };
}

const OVERVIEW = `overview(days: 7) { deviceCount devicesByStatus { status count } attention { id attention }
  volume { accepted sent delivered read failed } quotaLeft { free pro unlimitedDevices }
  responseTimes { openedCount firstResponse { count medianSeconds } } }`;
const ALL = `{ agency { ${OVERVIEW} subaccounts(first: 100) { nodes { id ${OVERVIEW} } } } }`;

interface AtAGlance {
  readonly overview: Overview;
  readonly subaccounts: { readonly nodes: readonly { readonly id: string; readonly overview: Overview }[] };
}

async function lookAt(api: ApiClient): Promise<AtAGlance> {
  return (await api.ask<{ agency: AtAGlance }>(ALL)).agency;
}

function overviewOf({ subaccounts }: AtAGlance, { id }: SeededSubaccount): Overview | undefined {
  return subaccounts.nodes.find((each) => each.id === id)?.overview;
}

describe('the overview of an agency', () => {
  it('shows devices, attention, volume and quota of each client, and of all together', async () => {
    const agency = seed(server).agency();
    const [busy, quiet] = [agency.subaccount(), agency.subaccount()];
    const [device, banned] = [await busy.device({ connected: true }), await busy.device({ connected: true })];
    await quiet.device();
    const customer = server.simulator.createPhone();
    const { id } = await device.send({ to: customer.number, text: 'hello' });
    await eventually(async () => (await device.message(id)).status).toMatch(/^(?:DELIVERED|READ)$/);
    banned.phone.setBanned(true);
    await banned.becomes('BANNED');
    await eventually(async () => {
      await server.app.services.usageCounter.countAll();
      return overviewOf(await lookAt((await agency).api), await busy)?.volume['delivered'];
    }).toBe(1);
    const seen = await lookAt((await agency).api);
    const here = overviewOf(seen, await busy);
    expect(sorted(here)).toEqual(['BANNED 1', 'CONNECTED 1']);
    expect(here?.attention).toEqual([{ id: banned.id, attention: ['NUMBER_BANNED'] }]);
    expect(here?.volume).toMatchObject({ accepted: 1, sent: 1, failed: 0 });
    expect(sorted(overviewOf(seen, await quiet))).toEqual(['NOT_PAIRED 1']);
    expect(seen.overview.deviceCount).toBe(3);
    expect(seen.overview.volume).toEqual(here?.volume);
    expect(seen.overview.attention.map((each) => each.id)).toEqual([banned.id]);
    const left = (overview: Overview | undefined): number =>
      (overview?.quotaLeft['free'] ?? 0) + (overview?.quotaLeft['unlimitedDevices'] ?? 0);
    expect(left(here)).toBeGreaterThan(0);
    expect(left(seen.overview)).toBe(left(here) + left(overviewOf(seen, await quiet)));
  });

  it('shows how fast people were answered, by each client and by all together', async () => {
    const agency = seed(server).agency();
    const [asked, quiet] = [agency.subaccount(), agency.subaccount()];
    const device = await asked.device({ connected: true });
    await quiet.device();
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'is anybody there?');
    await device.messageWith('is anybody there?');
    await device.send({ to: customer.number, text: 'yes' });
    await customer.waitForMessage(({ text }) => text === 'yes');
    const timesOf = async (): Promise<unknown[]> => {
      const seen = await lookAt((await agency).api);
      return [overviewOf(seen, await asked), overviewOf(seen, await quiet), seen.overview].map(
        (overview) => overview?.responseTimes,
      );
    };
    const answered = {
      openedCount: 1,
      firstResponse: { count: 1, medianSeconds: expect.any(Number) as number },
    };
    const nothing = { openedCount: 0, firstResponse: { count: 0, medianSeconds: null } };
    await eventually(timesOf).toEqual([answered, nothing, answered]);
  });

  it('shows callers of a subaccount that alone', async () => {
    const agency = seed(server).agency();
    const [mine, theirs] = [agency.subaccount(), agency.subaccount()];
    await mine.device();
    await theirs.device();
    const admin = await createColleague(await agency, 'SUBACCOUNT_ADMIN', [await mine]);
    const seen = await lookAt(admin.api);
    expect(seen.subaccounts.nodes.map(({ id }) => id)).toEqual([(await mine).id]);
    expect(seen.overview.deviceCount).toBe(1);
    const agent = await createColleague(await agency, 'AGENT', [await mine]);
    expect(await agent.api.refusal(ALL)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
  });

  it('costs as many statements for twenty and for a hundred clients as for two', async () => {
    const agency = seed(server).agency();
    for (const place of [agency.subaccount(), agency.subaccount()]) await place.device();
    const few = await statementsOf(await agency);
    expect(few).toBeLessThan(40);
    await addClients(await agency, 18);
    expect(await statementsOf(await agency)).toBe(few);
    await addClients(await agency, 80);
    expect((await lookAt((await agency).api)).subaccounts.nodes).toHaveLength(100);
    expect(await statementsOf(await agency)).toBe(few);
  });
});

function sorted(overview: Overview | undefined): string[] {
  return (overview?.devicesByStatus ?? []).map(({ status, count }) => `${status} ${String(count)}`).sort();
}

async function addClients({ id: agencyId, api }: SeededAgency, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const { subaccount } = await api.mutate<{ subaccount: { id: string } }>(
      'createSubaccount',
      { agencyId, name: `Client ${String(number)}` },
      'subaccount { id }',
    );
    await api.mutate('createDevice', { subaccountId: subaccount.id, label: 'Sales' }, '__typename');
  }
}

/** The fewest of some tries: every two seconds the token is looked up as well. */
async function statementsOf({ api }: SeededAgency): Promise<number> {
  const { database } = answering.app.infrastructure;
  const asker = new ApiClient(answering, api.token);
  const counts: number[] = [];
  for (let number = 0; number < 6; number += 1) {
    const before = database.queryCount;
    await lookAt(asker);
    counts.push(database.queryCount - before);
  }
  return Math.min(...counts);
}
