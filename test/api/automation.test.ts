import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fromPublicId } from '../../src/kernel/ids.js';
import { Rows } from '../isolation/rows.js';
import { eventually, succeeds } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import {
  createAutomation,
  createPipeline,
  dealsOf,
  runsOf,
  settledRuns,
  stageOf,
} from '../support/seeded-automation.js';
import type { SeededPipeline } from '../support/seeded-automation.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 120_000 });

const PATIENCE_MS = 60_000;

const PATIENCE = { timeout: PATIENCE_MS, interval: 50 };
const MINUTE_MS = 60_000;

const clock = new MovableClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ clock });
});
afterAll(() => server.stop());

const connected = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });

/** The log is read again from its start, as after a reader that lost its place. */
async function readAgain({ id }: SeededSubaccount): Promise<void> {
  await using rows = await Rows.open(server);
  const subaccountId = fromPublicId('Subaccount', id);
  await rows.query(`update event_reader set seq = 0 where name = 'automation' and stream_id = $1`, [
    subaccountId,
  ]);
  // Something must happen for it to be noticed.
  await seed(server).agency();
  await vi.waitFor(async () => {
    const [place] = await rows.query<{ behind: boolean }>(
      `select s.last_seq > r.seq as behind from event_reader r join event_stream s on s.id = r.stream_id
       where r.name = 'automation' and r.stream_id = $1`,
      [subaccountId],
    );
    expect(place?.behind).toBe(false);
  }, PATIENCE);
}

async function openDeal({ api }: SeededSubaccount, pipeline: SeededPipeline): Promise<string> {
  const input = { pipelineId: pipeline.id, title: 'Roof' };
  return (await api.mutate<{ deal: { id: string } }>('createDeal', input, 'deal { id }')).deal.id;
}

async function moveDeal({ api }: SeededSubaccount, dealId: string, stageId: string): Promise<void> {
  await succeeds(async () => {
    const { deal } = await api.ask<{ deal: { version: number } }>(
      'query ($id: ID!) { deal(id: $id) { version } }',
      { id: dealId },
    );
    await api.mutate('moveDeal', { dealId, version: deal.version, stageId }, '__typename');
  });
}

describe('a lead that writes', () => {
  it('has a deal in the first stage by a template, once, however much is written and however often it is read', async () => {
    const device = await connected();
    const place = device.subaccount;
    const { api } = place;
    const template = { subaccountId: place.id, template: 'LEAD_TO_DEAL' };
    await api.mutate('createAutomationFromTemplate', template, '__typename');
    const customer = server.simulator.createPhone({ name: 'Ayu' });
    for (const text of ['hello', 'is anybody there?', 'hello?']) {
      await customer.sendText(device.phone.number, text);
      await device.messageWith(text);
    }
    const [run] = await settledRuns(place, 1);
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      trigger: 'FIRST_MESSAGE',
      depth: 1,
      steps: [{ number: 1, kind: 'OPEN_DEAL', status: 'DONE', attempts: 1 }],
    });
    for (let time = 0; time < 5; time += 1) await readAgain(place);
    await settledRuns(place, 1);
    expect(await dealsOf(place)).toMatchObject([
      { id: run?.dealId, title: 'Ayu', stage: { name: 'New' }, contact: { phoneNumber: customer.number } },
    ]);
  });
});

describe('a keyword', () => {
  it('is answered as a word of its own, in the words of the rule, and once when the event is read five times', async () => {
    const device = await connected();
    const place = device.subaccount;
    await createAutomation(place, {
      name: 'prices',
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price', 'harga'] },
      steps: [{ kind: 'REPLY', text: 'Hi {{contact.name}}, here is our list' }],
    });
    const customer = server.simulator.createPhone({ name: 'Ayu' });
    for (const text of ['priceless!', 'what is the PRICE?']) {
      await customer.sendText(device.phone.number, text);
      await device.messageWith(text);
    }
    await customer.waitForMessage(({ text }) => text === 'Hi Ayu, here is our list', PATIENCE_MS);
    for (let time = 0; time < 5; time += 1) await readAgain(place);
    const [run] = await settledRuns(place, 1);
    expect(run).toMatchObject({ status: 'SUCCEEDED', steps: [{ kind: 'REPLY', status: 'DONE' }] });
    const sent = (await device.messages()).filter(({ direction }) => direction === 'OUTBOUND');
    expect(sent.map(({ id, text }) => [id, text])).toEqual([
      [run?.steps[0]?.messageId, 'Hi Ayu, here is our list'],
    ]);
  });

  it('in a message that came while the device was away gets no answer, and opens the deal all the same', async () => {
    const device = await connected();
    const place = device.subaccount;
    const pipeline = await createPipeline(place);
    await createAutomation(place, {
      trigger: { kind: 'FIRST_MESSAGE' },
      steps: [
        { kind: 'REPLY', text: 'at once' },
        { kind: 'OPEN_DEAL', pipelineId: pipeline.id },
      ],
    });
    await device.suspend();
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'anybody?');
    await device.do('resumeDevice');
    const [run] = await settledRuns(place, 1);
    expect(run?.steps).toMatchObject([
      { kind: 'REPLY', status: 'SKIPPED', reason: 'TOO_LATE' },
      { kind: 'OPEN_DEAL', status: 'DONE' },
    ]);
    expect(await dealsOf(place)).toHaveLength(1);
    expect(customer.inbox.filter(({ text }) => text === 'at once')).toEqual([]);
  });
});

describe('rules that set off each other', () => {
  it('come to an end, and the log says why', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const [here, there] = [stageOf(pipeline, 'Contacted'), stageOf(pipeline, 'Qualified')];
    for (const [from, to] of [
      [here, there],
      [there, here],
    ]) {
      await createAutomation(place, {
        trigger: { kind: 'DEAL_MOVED', stageId: from },
        steps: [{ kind: 'MOVE_DEAL', stageId: to }],
      });
    }
    const dealId = await openDeal(place, pipeline);
    await moveDeal(place, dealId, here);
    const runs = await settledRuns(place, 6);
    expect(runs.map(({ depth, status, reason }) => [depth, status, reason])).toEqual([
      [6, 'SKIPPED', 'TOO_DEEP'],
      ...[5, 4, 3, 2, 1].map((depth) => [depth, 'SUCCEEDED', null]),
    ]);
  });

  it('run for one person no more than ten times a minute', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    await createAutomation(place, {
      trigger: { kind: 'DEAL_MOVED', pipelineId: pipeline.id },
      steps: [{ kind: 'WAIT', seconds: 1 }],
    });
    const dealId = await openDeal(place, pipeline);
    for (let time = 0; time < 12; time += 1) {
      await moveDeal(place, dealId, stageOf(pipeline, time % 2 === 0 ? 'Contacted' : 'Qualified'));
    }
    await eventually(async () => (await runsOf(place)).length).toBe(12);
    const skipped = await runsOf(place, { status: ['SKIPPED'] });
    expect(skipped.map(({ reason }) => reason)).toEqual(['TOO_MANY_RUNS', 'TOO_MANY_RUNS']);
  });
});

describe('a run that waits', () => {
  it('goes on after a restart, when its time has come and not before', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    await createAutomation(place, {
      trigger: { kind: 'DEAL_MOVED', stageId: stageOf(pipeline, 'Contacted') },
      steps: [
        { kind: 'WAIT', seconds: 3_600 },
        { kind: 'MOVE_DEAL', stageId: stageOf(pipeline, 'Qualified') },
      ],
    });
    const dealId = await openDeal(place, pipeline);
    await moveDeal(place, dealId, stageOf(pipeline, 'Contacted'));
    await eventually(async () => (await runsOf(place)).map(({ status }) => status)).toEqual(['WAITING']);
    await server.restart();
    clock.advance(59 * MINUTE_MS);
    // Another rule shows that the worker is at work.
    await createAutomation(place, {
      name: 'other',
      trigger: { kind: 'DEAL_MOVED', stageId: stageOf(pipeline, 'Proposal') },
      steps: [{ kind: 'MOVE_DEAL', stageId: stageOf(pipeline, 'Won') }],
    });
    const other = await openDeal(place, pipeline);
    await moveDeal(place, other, stageOf(pipeline, 'Proposal'));
    await eventually(async () => (await runsOf(place)).map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'WAITING',
    ]);
    clock.advance(2 * MINUTE_MS);
    await eventually(async () => (await runsOf(place)).map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
    const deals = await dealsOf(place);
    expect(deals.find(({ id }) => id === dealId)?.stage.name).toBe('Qualified');
  });

  it('is given up when its rule is switched off', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const { id: automationId, version } = await createAutomation(place, {
      trigger: { kind: 'DEAL_MOVED', stageId: stageOf(pipeline, 'Contacted') },
      steps: [
        { kind: 'WAIT', seconds: 60 },
        { kind: 'MOVE_DEAL', stageId: stageOf(pipeline, 'Qualified') },
      ],
    });
    await moveDeal(place, await openDeal(place, pipeline), stageOf(pipeline, 'Contacted'));
    await eventually(async () => (await runsOf(place)).map(({ status }) => status)).toEqual(['WAITING']);
    await place.api.mutate('updateAutomation', { automationId, version, enabled: false }, '__typename');
    clock.advance(2 * MINUTE_MS);
    await eventually(async () => (await runsOf(place)).map(({ status, reason }) => [status, reason])).toEqual(
      [['SKIPPED', 'AUTOMATION_OFF']],
    );
  });
});
