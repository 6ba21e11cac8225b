import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createColleague } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import {
  createAutomation,
  createPipeline,
  runsOf,
  settledRuns,
  stageOf,
} from '../support/seeded-automation.js';
import type { SeededPipeline } from '../support/seeded-automation.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, verified, WebhookReceiver } from '../support/webhook-receiver.js';

vi.setConfig({ testTimeout: 120_000 });

const PATIENCE_MS = 60_000;

const clock = new MovableClock();
let receiver: WebhookReceiver;
let server: TestServer;
beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startTestServer({ clock, env: { OUTBOUND_ALLOW: receiver.host } });
});
afterAll(async () => {
  await server.stop();
  await receiver[Symbol.asyncDispose]();
});

const connected = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });

/** Has a deal of the contact come into a stage, which is what rules here wait for. */
async function moveDeal(
  { api }: SeededSubaccount,
  pipeline: SeededPipeline,
  contactId: string | null = null,
): Promise<void> {
  const input = { pipelineId: pipeline.id, title: 'Roof', contactId };
  const { deal } = await api.mutate<{ deal: { id: string } }>('createDeal', input, 'deal { id }');
  const place = { dealId: deal.id, version: 1, stageId: stageOf(pipeline, 'Contacted') };
  await api.mutate('moveDeal', place, '__typename');
}

const createCalling = async (
  { id: subaccountId, api }: SeededSubaccount,
  pipeline: SeededPipeline,
  path: string,
): Promise<{ readonly id: string; readonly secret: string }> => {
  const { automation, signingSecret } = await api.mutate<{
    automation: { id: string };
    signingSecret: string;
  }>(
    'createAutomation',
    {
      subaccountId,
      name: 'tell',
      trigger: { kind: 'DEAL_MOVED' },
      steps: [
        { kind: 'CALL_WEBHOOK', url: receiver.url(path) },
        { kind: 'MOVE_DEAL', stageId: stageOf(pipeline, 'Won') },
      ],
    },
    'automation { id } signingSecret',
  );
  return { id: automation.id, secret: signingSecret };
};

describe('a webhook that a rule calls', () => {
  it('is called again until it answers, with one id and one body, and the rule goes on behind it', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    receiver.answer = answers(503);
    const { id, secret } = await createCalling(place, pipeline, 'again');
    await moveDeal(place, pipeline);
    await eventually(async () => (await runsOf(place))[0]?.reason).toBe('WEBHOOK_FAILED');
    receiver.answer = answers(200);
    clock.advance(60_000);
    const calls = await receiver.receives('again', 2);
    const told = calls.map((call) => verified(call, secret)).at(-1);
    expect(told).toMatchObject({
      automation: { id, name: 'tell' },
      trigger: 'DEAL_MOVED',
      data: { deal: { title: 'Roof' } },
    });
    expect(new Set(calls.map(({ id: callId, body }) => `${callId} ${body}`)).size).toBe(1);
    await eventually(async () => (await runsOf(place, { automationId: id })).at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      steps: [
        { kind: 'CALL_WEBHOOK', status: 'DONE', attempts: 2 },
        { kind: 'MOVE_DEAL', status: 'DONE' },
      ],
    });
  });

  it('that says Gone ends the run, and people are told', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    receiver.answer = answers(410);
    const { id } = await createCalling(place, pipeline, 'gone');
    const news = place.api.follow<{ topic: string }>(
      'events',
      'subscription ($id: ID!) { events(subaccountId: $id) { topic } }',
      { id: place.id },
    );
    await moveDeal(place, pipeline);
    const [run] = await settledRuns(place, 1);
    expect(run).toMatchObject({ status: 'FAILED', reason: 'WEBHOOK_FAILED', detail: 'HTTP 410' });
    expect(id).not.toBe('');
    await news.first(({ topic }) => topic === 'AUTOMATION_RUN_FAILED');
    news.stop();
  });
});

describe('the URL of a rule', () => {
  it('sets it off for a number, once for each key, until its secret changes', async () => {
    const device = await connected();
    const place = device.subaccount;
    const customer = server.simulator.createPhone();
    const { automation, hookUrl } = await place.api.mutate<{ automation: { id: string }; hookUrl: string }>(
      'createAutomation',
      {
        subaccountId: place.id,
        name: 'order',
        trigger: { kind: 'WEBHOOK_CALLED' },
        steps: [{ kind: 'REPLY', text: 'Your order is on its way, {{contact.phoneNumber}}' }],
      },
      'automation { id } hookUrl',
    );
    const call = async (url: string, body: object): Promise<number> => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    const order = { phoneNumber: `+${customer.number}`, idempotencyKey: 'order-17' };
    expect([await call(hookUrl, order), await call(hookUrl, order)]).toEqual([202, 202]);
    expect(await call(hookUrl, { phoneNumber: 'me' })).toBe(400);
    expect(await call(`${hookUrl.slice(0, -1)}_`, order)).toBe(404);
    await customer.waitForMessage(
      ({ text }) => text === `Your order is on its way, ${customer.number}`,
      PATIENCE_MS,
    );
    await settledRuns(place, 1);
    const rotated = await place.api.mutate<{ hookUrl: string }>(
      'rotateAutomationSecret',
      { automationId: automation.id },
      'hookUrl',
    );
    expect([await call(hookUrl, {}), await call(rotated.hookUrl, {})]).toEqual([404, 202]);
    const runs = await settledRuns(place, 2);
    expect(runs[0]?.steps).toMatchObject([{ kind: 'REPLY', status: 'SKIPPED', reason: 'NO_CONTACT' }]);
  });
});

describe('people and conversations', () => {
  it('are given away, labelled and tagged, and a tag sets off the next rule', async () => {
    const device = await connected();
    const place = device.subaccount;
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    await createAutomation(place, {
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['roof'] },
      steps: [
        { kind: 'ASSIGN', assigneeId: agent.id },
        { kind: 'ADD_LABEL', label: 'roofs' },
        { kind: 'ADD_TAG', tag: 'lead' },
      ],
    });
    await createAutomation(place, {
      trigger: { kind: 'TAG_ADDED', tag: 'lead' },
      conditions: { contactTags: ['lead'], optedOut: false },
      steps: [{ kind: 'REPLY', text: 'A colleague will write to you' }],
    });
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'I need a roof');
    await customer.waitForMessage(({ text }) => text === 'A colleague will write to you', PATIENCE_MS);
    const runs = await settledRuns(place, 2);
    expect(runs.map(({ status, depth, trigger }) => [status, depth, trigger])).toEqual([
      ['SUCCEEDED', 2, 'TAG_ADDED'],
      ['SUCCEEDED', 1, 'MESSAGE_MATCHES'],
    ]);
    const { conversation } = await device.messageWith('I need a roof');
    const found = await place.api.ask<{ conversation: object }>(
      'query ($id: ID!) { conversation(id: $id) { assigneeId labels contact { tags } } }',
      { id: conversation.id },
    );
    expect(found.conversation).toEqual({
      assigneeId: agent.id,
      labels: ['roofs'],
      contact: { tags: ['lead'] },
    });
  });

  it('are written to with what is known of them, and what is not has a fallback', async () => {
    const device = await connected();
    const { id: subaccountId, api } = device.subaccount;
    for (const key of ['city', 'roof']) {
      await api.mutate('createContactField', { subaccountId, key, label: key, type: 'TEXT' }, '__typename');
    }
    const customer = server.simulator.createPhone({ name: 'Ayu' });
    const fields = [{ key: 'city', value: 'Bandung' }];
    const known = { subaccountId, phoneNumber: customer.number, fields };
    await api.mutate('upsertContact', known, '__typename');
    const rule = (text: string) => ({
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price'] },
      steps: [{ kind: 'REPLY', text }],
    });
    const text =
      '{{contact.name}} ({{contact.phone}}) of {{contact.fields.city}}: {{contact.fields.roof|any}} roof';
    const { id: automationId } = await createAutomation(device.subaccount, rule(text));
    const said = `Ayu (${customer.number}) of Bandung: any roof`;
    await customer.sendText(device.phone.number, 'the price?');
    await customer.waitForMessage((message) => message.text === said);
    const trial = await api.mutate<{ steps: unknown }>(
      'testAutomation',
      {
        automationId,
        text: 'price',
        contactId: (await device.messageWith('the price?')).conversation.contact?.id,
      },
      'steps { text }',
    );
    expect(trial.steps).toEqual([{ text: said }]);
    const refused = await api.mutationRefusal('createAutomation', {
      subaccountId,
      name: 'town',
      ...rule('{{contact.fields.town}}'),
    });
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.steps.0.text'] });
  });

  it('are given to whose turn it is, and stay with who has them', async () => {
    const device = await connected();
    const place = device.subaccount;
    const [ann, bob] = [
      await createColleague(place.agency, 'AGENT', [place]),
      await createColleague(place.agency, 'AGENT', [place]),
    ];
    const viewer = await createColleague(place.agency, 'VIEWER', [place]);
    const steps = [{ kind: 'ASSIGN', method: 'ROUND_ROBIN' }];
    const trigger = { kind: 'MESSAGE_MATCHES', keywords: ['help'] };
    await createAutomation(place, { trigger, steps });
    const query = 'query ($id: ID!) { conversation(id: $id) { assigneeId version } }';
    const read = async (id: string) =>
      (await place.api.ask<{ conversation: { assigneeId: string | null; version: number } }>(query, { id }))
        .conversation;
    const assigneeOf = async (id: string): Promise<string | null> => (await read(id)).assigneeId;
    const customers = [1, 2, 3].map(() => server.simulator.createPhone());
    const given: (string | null)[] = [];
    for (const [n, customer] of customers.entries()) {
      await customer.sendText(device.phone.number, `help ${n}`);
      const { conversation } = await device.messageWith(`help ${n}`);
      await settledRuns(place, n + 1);
      given.push(await assigneeOf(conversation.id));
    }
    expect(new Set(given.slice(0, 2))).toEqual(new Set([ann.id, bob.id]));
    expect(given[2]).toBe(given[0]);
    // Who is no agent gives it up; who is one keeps it.
    const { conversation } = await device.messageWith('help 0');
    const { version } = await read(conversation.id);
    const input = { conversationId: conversation.id, version, assigneeId: viewer.id };
    await place.api.mutate('updateConversation', input, '__typename');
    await customers[0]?.sendText(device.phone.number, 'help again');
    await settledRuns(place, 4);
    expect(await assigneeOf(conversation.id)).toBe(given[1]);
    await customers[0]?.sendText(device.phone.number, 'help once more');
    await settledRuns(place, 5);
    expect(await assigneeOf(conversation.id)).toBe(given[1]);
  });

  it('are given to whoever of a team has the fewest open ones', async () => {
    const device = await connected();
    const place = device.subaccount;
    const [busy, free, outsider] = [
      await createColleague(place.agency, 'AGENT', [place]),
      await createColleague(place.agency, 'AGENT', [place]),
      await createColleague(place.agency, 'AGENT', [place]),
    ];
    const { team } = await place.api.mutate<{ team: { id: string } }>(
      'createTeam',
      { subaccountId: place.id, name: 'Sales' },
      'team { id }',
    );
    const members = { teamId: team.id, userIds: [busy.id, free.id] };
    await place.api.mutate('addTeamMembers', members, '__typename');
    const conversationWith = async (text: string): Promise<string> => {
      await server.simulator.createPhone().sendText(device.phone.number, text);
      return (await device.messageWith(text)).conversation.id;
    };
    const decide = (conversationId: string, work: object): Promise<unknown> =>
      place.api.mutate('updateConversation', { conversationId, version: 1, ...work }, '__typename');
    await decide(await conversationWith('open'), { assigneeId: busy.id });
    // More than she has, but not to be worked on.
    await decide(await conversationWith('closed'), { assigneeId: free.id, status: 'CLOSED' });
    await decide(await conversationWith('pending'), { assigneeId: free.id, status: 'PENDING' });
    const steps = [{ kind: 'ASSIGN', method: 'LEAST_BUSY', teamId: team.id }];
    await createAutomation(place, { trigger: { kind: 'MESSAGE_MATCHES', keywords: ['help'] }, steps });
    const given: (string | null)[] = [];
    for (const [n, text] of ['help 1', 'help 2', 'help 3'].entries()) {
      const id = await conversationWith(text);
      await settledRuns(place, n + 1);
      const query = 'query ($id: ID!) { conversation(id: $id) { assigneeId } }';
      const { conversation } = await place.api.ask<{ conversation: { assigneeId: string | null } }>(query, {
        id,
      });
      given.push(conversation.assigneeId);
    }
    // Once both have one, whoever waited for longer is next.
    expect(given).toEqual([free.id, busy.id, free.id]);
    expect(given).not.toContain(outsider.id);
  });

  it('cannot be given to somebody and to anybody at once', async () => {
    const place = await seed(server).agency().subaccount();
    const ann = await createColleague(place.agency, 'AGENT', [place]);
    const refused = await place.api.mutationRefusal('createAutomation', {
      subaccountId: place.id,
      name: 'both',
      trigger: { kind: 'FIRST_MESSAGE' },
      steps: [{ kind: 'ASSIGN', assigneeId: ann.id, method: 'LEAST_BUSY' }],
    });
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.steps.0.method'] });
  });

  it('who want no automatic messages get none, and the rule does the rest', async () => {
    const device = await connected();
    const place = device.subaccount;
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'hello');
    const { conversation } = await device.messageWith('hello');
    const contactId = conversation.contact?.id ?? '';
    await place.api.mutate('optOutContact', { contactId }, '__typename');
    await createAutomation(place, {
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price'] },
      steps: [
        { kind: 'REPLY', text: 'not to you' },
        { kind: 'ADD_TAG', tag: 'asked' },
      ],
    });
    await customer.sendText(device.phone.number, 'the price?');
    const [run] = await settledRuns(place, 1);
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      steps: [
        { kind: 'REPLY', status: 'SKIPPED', reason: 'RECIPIENT_OPTED_OUT' },
        { kind: 'ADD_TAG', status: 'DONE' },
      ],
    });
    expect(customer.inbox.filter(({ text }) => text === 'not to you')).toEqual([]);
  });

  it('whom nobody answers are answered when the silence has lasted, once for each silence', async () => {
    const device = await connected();
    const place = device.subaccount;
    await createAutomation(place, {
      trigger: { kind: 'CONVERSATION_IDLE', minutes: 30 },
      steps: [{ kind: 'REPLY', text: 'We will be with you' }],
    });
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'hello');
    await device.messageWith('hello');
    clock.advance(29 * 60_000);
    await customer.sendText(device.phone.number, 'anybody?');
    await device.messageWith('anybody?');
    clock.advance(29 * 60_000);
    const answered = await device.send({ to: customer.number, text: 'in a moment' });
    await device.messageBecomes(answered.id, 'DELIVERED');
    clock.advance(60 * 60_000);
    await customer.sendText(device.phone.number, 'still there?');
    await device.messageWith('still there?');
    expect(await runsOf(place)).toEqual([]);
    clock.advance(31 * 60_000);
    await customer.waitForMessage(({ text }) => text === 'We will be with you', PATIENCE_MS);
    clock.advance(120 * 60_000);
    await settledRuns(place, 1);
  });
});

describe('a device', () => {
  it('that was logged out on the phone sets off a rule, one that was logged out here does not', async () => {
    const device = await connected();
    const place = device.subaccount;
    const pipeline = await createPipeline(place);
    await createAutomation(place, {
      trigger: { kind: 'DEVICE_NEEDS_ATTENTION' },
      steps: [{ kind: 'OPEN_DEAL', pipelineId: pipeline.id, title: 'Link the number again' }],
    });
    await device.do('logoutDevice');
    await device.becomes('LOGGED_OUT');
    await device.connect();
    device.phone.unlink(device.link);
    await device.becomes('LOGGED_OUT');
    const runs = await settledRuns(place, 1);
    expect(runs).toMatchObject([{ status: 'SUCCEEDED', trigger: 'DEVICE_NEEDS_ATTENTION', contactId: null }]);
  });
});

describe('a rule', () => {
  it('is tried out without effect, and says why it would not run', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const { id: automationId } = await createAutomation(place, {
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price'] },
      conditions: {
        hours: { when: 'OUTSIDE', days: ['MONDAY'], from: '09:00', until: '17:00' },
        noOpenDealIn: pipeline.id,
      },
      steps: [{ kind: 'REPLY', text: 'You asked: {{message.text}}' }],
    });
    const test = (input: object) =>
      place.api.mutate<object>(
        'testAutomation',
        { automationId, ...input },
        'wouldRun triggered checks { condition passed } steps { kind text }',
      );
    // A Monday.
    expect(await test({ text: 'the price?', at: '2026-11-23T10:00:00Z' })).toEqual({
      wouldRun: false,
      triggered: true,
      checks: [
        { condition: 'HOURS', passed: false },
        { condition: 'NO_OPEN_DEAL', passed: true },
      ],
      steps: [{ kind: 'REPLY', text: 'You asked: the price?' }],
    });
    expect(await test({ text: 'the price?', at: '2026-11-23T18:00:00Z' })).toMatchObject({ wouldRun: true });
    expect(await test({ text: 'hello', at: '2026-11-23T18:00:00Z' })).toMatchObject({
      wouldRun: false,
      triggered: false,
    });
    expect(await runsOf(place)).toEqual([]);
  });

  it('whose conditions do not hold leaves a run that says so, and one that stops others is the last', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const rule = (name: string, more: object): Promise<{ id: string }> =>
      createAutomation(place, {
        name,
        trigger: { kind: 'DEAL_MOVED' },
        steps: [{ kind: 'MOVE_DEAL', stageId: stageOf(pipeline, 'Contacted') }],
        ...more,
      });
    const behind = await rule('behind', {});
    const first = await rule('first', { conditions: { dealStageIds: [stageOf(pipeline, 'Won')] } });
    const second = await rule('second', { stopsOthers: true });
    await place.api.mutate(
      'reorderAutomations',
      { subaccountId: place.id, automationIds: [first.id, second.id, behind.id] },
      '__typename',
    );
    await moveDeal(place, pipeline);
    const runs = await settledRuns(place, 2);
    expect(
      runs.map(({ automation, status, reason, detail }) => [automation.name, status, reason, detail]),
    ).toEqual([
      ['second', 'SUCCEEDED', null, null],
      ['first', 'SKIPPED', 'CONDITION_NOT_MET', 'DEAL_STAGE'],
    ]);
  });

  it('is refused with every field that is wrong', async () => {
    const place = await seed(server).agency().subaccount();
    const refusal = (rule: object) =>
      place.api.mutationRefusal('createAutomation', {
        subaccountId: place.id,
        name: 'rule',
        trigger: { kind: 'FIRST_MESSAGE' },
        steps: [{ kind: 'WAIT', seconds: 1 }],
        ...rule,
      });
    expect(await refusal({ trigger: { kind: 'MESSAGE_MATCHES', keywords: [] } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['input.trigger.keywords'],
    });
    const steps = [
      { kind: 'REPLY', text: 'Hi {{contact.secret}}' },
      { kind: 'WAIT', seconds: 0 },
    ];
    expect(await refusal({ steps })).toMatchObject({
      fields: ['input.steps.0.text', 'input.steps.1.seconds'],
    });
    expect(await refusal({ steps: [{ kind: 'CALL_WEBHOOK', url: 'http://10.0.0.1/' }] })).toMatchObject({
      reason: 'URL_NOT_ALLOWED',
      fields: ['input.steps.0.url'],
    });
  });

  it('does nothing that its maker may not do, and is changed by whoever saw its last version', async () => {
    const place = await seed(server).agency().subaccount();
    const { api } = await createKey(place.api, { subaccountId: place.id }, [
      'automation:create',
      'automation:read',
      'automation:update',
    ]);
    const rule = { subaccountId: place.id, name: 'rule', trigger: { kind: 'FIRST_MESSAGE' } };
    expect(
      await api.mutationRefusal('createAutomation', { ...rule, steps: [{ kind: 'REPLY', text: 'hi' }] }),
    ).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    const { automation } = await api.mutate<{ automation: { id: string } }>(
      'createAutomation',
      { ...rule, steps: [{ kind: 'WAIT', seconds: 1 }] },
      'automation { id }',
    );
    const change = { automationId: automation.id, version: 1, name: 'new' };
    await api.mutate('updateAutomation', change, '__typename');
    expect(await api.mutationRefusal('updateAutomation', change)).toMatchObject({ reason: 'STALE_VERSION' });
  });
});
