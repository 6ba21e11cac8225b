import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import type { DealPlace, NewDeal } from '../../../src/modules/pipeline/index.js';
import { createSales, refusal } from './fixture.js';
import type { Sales } from './fixture.js';

type Team = Awaited<ReturnType<Sales['team']>>;

let sales: Sales;
beforeAll(async () => {
  sales = await createSales();
});
afterAll(() => sales.close());

const move = (team: Team, id: string, place: DealPlace) => sales.deals.move(team.ctx, id, place);

describe('a new deal', () => {
  it('goes to the top of the first stage, with all that was filled in', async () => {
    const team = await sales.team();
    const contact = await team.person({ phoneNumber: '6281200000001', lid: null });
    const ownerId = await team.user('AGENT', team.subaccountId);
    await team.open('Earlier');
    const deal = await team.open(' Roof ', {
      contactId: contact.id,
      ownerId,
      value: { amountMinor: 250_000_000_000, currency: 'IDR' },
      expectedCloseOn: '2027-01-31',
      tags: ['vip', 'roof', 'vip'],
    });
    expect(await team.board('New')).toEqual(['Roof', 'Earlier']);
    expect(await sales.reader.get(team.ctx, deal.id)).toMatchObject({
      title: 'Roof',
      status: 'OPEN',
      version: 1,
      contactId: contact.id,
      ownerId,
      value: { amountMinor: 250_000_000_000, currency: 'IDR' },
      expectedCloseOn: '2027-01-31',
      closedAt: null,
    });
    expect((await sales.reader.findTags(team.ctx, [deal.id])).get(deal.id)).toEqual(['roof', 'vip']);
    expect(await sales.reader.listMoves(team.ctx, [deal.id])).toMatchObject([
      { fromStageName: null, toStageName: 'New' },
    ]);
  });

  it.each<[string, Partial<NewDeal>, string]>([
    ['a currency that does not exist', { value: { amountMinor: 1, currency: 'XXQ' } }, 'value.currency'],
    ['a currency in small letters', { value: { amountMinor: 1, currency: 'idr' } }, 'value.currency'],
    ['half a cent', { value: { amountMinor: 0.5, currency: 'USD' } }, 'value.amountMinor'],
    ['less than nothing', { value: { amountMinor: -1, currency: 'USD' } }, 'value.amountMinor'],
    ['more than can be added up', { value: { amountMinor: 1e13 + 1, currency: 'USD' } }, 'value.amountMinor'],
    ['a day that does not exist', { expectedCloseOn: '2027-02-30' }, 'expectedCloseOn'],
    ['an empty tag', { tags: [' '] }, 'tags.0'],
    ['no title', { title: ' ' }, 'title'],
    ['a contact that does not exist', { contactId: newId() }, 'contactId'],
    ['an owner that does not exist', { ownerId: newId() }, 'ownerId'],
  ])('is refused with %s, by name', async (_what, more, path) => {
    const team = await sales.team();
    const error = await refusal(team.open('Roof', more));
    expect(error.fields.map((field) => field.path)).toEqual([`input.${path}`]);
    expect(await team.board('New')).toEqual([]);
  });

  it('is owned by somebody who works for the subaccount', async () => {
    const [team, other] = [await sales.team(), await sales.team()];
    const agent = await team.user('AGENT', null);
    const stranger = await other.user('AGENCY_OWNER', null);
    for (const ownerId of [agent, stranger]) {
      expect((await refusal(team.open('Roof', { ownerId }))).fields).toHaveLength(1);
    }
    const boss = await team.user('AGENCY_OWNER', null);
    expect(await team.open('Roof', { ownerId: boss })).toMatchObject({ ownerId: boss });
  });

  it('is made once under one key', async () => {
    const team = await sales.team();
    const made = await Promise.all(
      Array.from({ length: 10 }, () => team.open('Roof', { idempotencyKey: 'lead-1' })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await team.board('New')).toEqual(['Roof']);
  });
});

describe('moving a deal', () => {
  it('puts it behind another one, or first, in any stage', async () => {
    const team = await sales.team();
    const [a, b, c] = [await team.open('a'), await team.open('b'), await team.open('c')];
    expect(await team.board('New')).toEqual(['c', 'b', 'a']);
    await move(team, c.id, { version: 1, stageId: team.stage('New'), afterDealId: b.id });
    expect(await team.board('New')).toEqual(['b', 'c', 'a']);
    await move(team, a.id, { version: 1, stageId: team.stage('New') });
    expect(await team.board('New')).toEqual(['a', 'b', 'c']);
    await move(team, b.id, { version: 1, stageId: team.stage('Qualified') });
    expect([await team.board('New'), await team.board('Qualified')]).toEqual([['a', 'c'], ['b']]);
  });

  it('keeps the order that a list kept by hand would have', async () => {
    const team = await sales.team();
    const versions = new Map<string, number>();
    const lists: Record<string, string[]> = { New: [], Contacted: [], Won: [] };
    const ids = new Map<string, string>();
    for (const title of 'abcdefgh') {
      ids.set(title, (await team.open(title)).id);
      versions.set(title, 1);
      lists['New']?.unshift(title);
    }
    let seed = 7;
    const pick = (size: number): number => (seed = (seed * 16_807) % 2_147_483_647) % size;
    for (let step = 0; step < 120; step += 1) {
      const title = 'abcdefgh'.charAt(pick(8));
      const stage = Object.keys(lists)[pick(3)] ?? 'New';
      for (const [name, list] of Object.entries(lists)) lists[name] = list.filter((each) => each !== title);
      const list = lists[stage] ?? [];
      const index = pick(list.length + 1);
      const after = index === 0 ? null : (ids.get(list[index - 1] ?? '') ?? null);
      list.splice(index, 0, title);
      const version = versions.get(title) ?? 0;
      const place = { version, stageId: team.stage(stage), afterDealId: after };
      const { version: next } = await move(team, ids.get(title) ?? '', place);
      versions.set(title, next);
    }
    for (const [name, list] of Object.entries(lists)) expect(await team.board(name)).toEqual(list);
  });

  it('lets one of twenty drags of the same deal win, and tells the others the version of now', async () => {
    const team = await sales.team();
    const deal = await team.open('wanted');
    const drags = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        move(team, deal.id, { version: 1, stageId: team.stage(n % 2 === 0 ? 'Contacted' : 'Proposal') }),
      ),
    );
    expect(drags.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const drag of drags) {
      if (drag.status === 'rejected') {
        expect(drag.reason).toMatchObject({
          kind: 'CONFLICT',
          reason: 'STALE_VERSION',
          data: { currentVersion: 2 },
        });
      }
    }
    expect(await sales.reader.listMoves(team.ctx, [deal.id])).toHaveLength(2);
  });

  it('finds a place for each of twenty deals that are dropped on the same one at once', async () => {
    const team = await sales.team();
    const titles = Array.from({ length: 20 }, (_, n) => `deal ${n}`);
    const anchor = await team.open('anchor', { stageId: team.stage('Contacted') });
    const made = await Promise.all(titles.map((title) => team.open(title)));
    await Promise.all(
      made.map(({ id }) =>
        move(team, id, { version: 1, stageId: team.stage('Contacted'), afterDealId: anchor.id }),
      ),
    );
    const [first, ...others] = await team.board('Contacted');
    expect(first).toBe('anchor');
    expect(others.toSorted()).toEqual(titles.toSorted());
  });

  it('keeps ranks short, however often deals are dropped between the same two', async () => {
    const team = await sales.team();
    const last = await team.open('last');
    const stageId = team.stage('New');
    let [left, right] = [await team.open('left'), await team.open('right')];
    // Each goes between the first and the other, which is where ranks grow.
    const anchor = await team.open('anchor');
    for (let drop = 0; drop < 450; drop += 1) {
      left = await move(team, left.id, { version: left.version, stageId, afterDealId: anchor.id });
      [left, right] = [right, left];
    }
    const rows = await sales.db.query<{ rank: string }>('select rank from deal where stage_id = $1', [
      stageId,
    ]);
    expect(Math.max(...rows.map(({ rank }) => rank.length))).toBeLessThanOrEqual(64);
    expect(await team.board('New')).toEqual(['anchor', right.title, left.title, last.title]);
  });

  it('is refused behind a deal that is elsewhere by now, or is the deal itself', async () => {
    const [team, other] = [await sales.team(), await sales.team()];
    const [a, b] = [await team.open('a'), await team.open('b', { stageId: team.stage('Won') })];
    const foreign = await other.open('foreign');
    for (const afterDealId of [a.id, b.id, foreign.id, newId()]) {
      const place = { version: 1, stageId: team.stage('New'), afterDealId };
      expect(await refusal(move(team, a.id, place))).toMatchObject({
        kind: 'CONFLICT',
        reason: 'NEIGHBOUR_MOVED',
      });
    }
    const place = { version: 1, stageId: other.stage('New') };
    expect(await refusal(move(team, a.id, place))).toMatchObject({ reason: 'NOT_FOUND' });
  });

  it('closes it in a stage that is won or lost, opens it again in another, and tells everybody', async () => {
    const team = await sales.team();
    const { id } = await team.open('Roof');
    const lost = await move(team, id, { version: 1, stageId: team.stage('Lost'), lostReason: 'Too dear' });
    expect(lost).toMatchObject({
      status: 'LOST',
      lostReason: 'Too dear',
      closedAt: expect.any(Date) as Date,
    });
    const open = await move(team, id, { version: 2, stageId: team.stage('Proposal') });
    expect(open).toMatchObject({ status: 'OPEN', lostReason: null, closedAt: null });
    await move(team, id, { version: 3, stageId: team.stage('Won') });
    await move(team, id, { version: 4, stageId: team.stage('Won') });
    expect((await team.events()).map(({ topic }) => topic)).toEqual([
      'deal.created',
      'deal.moved',
      'deal.lost',
      'deal.moved',
      'deal.moved',
      'deal.won',
      'deal.updated',
    ]);
    expect(
      (await sales.reader.listMoves(team.ctx, [id])).map(
        (each) => `${each.fromStageName} > ${each.toStageName}`,
      ),
    ).toEqual(['null > New', 'New > Lost', 'Lost > Proposal', 'Proposal > Won']);
    const wrong = move(team, id, { version: 5, stageId: team.stage('New'), lostReason: 'Too dear' });
    expect((await refusal(wrong)).fields).toMatchObject([{ path: 'input.lostReason' }]);
  });
});

describe('changing a deal', () => {
  it('changes what is given, takes away what is null, and counts', async () => {
    const team = await sales.team();
    const { id } = await team.open('Roof', {
      value: { amountMinor: 1_999, currency: 'USD' },
      expectedCloseOn: '2027-01-31',
      tags: ['a'],
    });
    await sales.deals.update(team.ctx, id, { version: 1, value: null, tags: ['b', 'c'] });
    expect(await sales.reader.get(team.ctx, id)).toMatchObject({
      title: 'Roof',
      value: null,
      expectedCloseOn: '2027-01-31',
      version: 2,
    });
    expect((await sales.reader.findTags(team.ctx, [id])).get(id)).toEqual(['b', 'c']);
    expect((await team.events()).at(-1)).toMatchObject({
      topic: 'deal.updated',
      payload: { dealId: id, changed: ['tags', 'value'] },
    });
    const stale = sales.deals.update(team.ctx, id, { version: 1, title: 'Wall' });
    expect(await refusal(stale)).toMatchObject({ reason: 'STALE_VERSION', data: { currentVersion: 2 } });
    const early = sales.deals.update(team.ctx, id, { version: 2, lostReason: 'Too dear' });
    expect((await refusal(early)).fields).toMatchObject([{ path: 'input.lostReason' }]);
  });
});

it('deals stay with their person when two contacts turn out to be one', async () => {
  const team = await sales.team();
  const byPhone = await team.person({ phoneNumber: '6281200000007', lid: null });
  const byLid = await team.person({ phoneNumber: null, lid: '700@lid' });
  const [a, b] = [
    await team.open('by phone', { contactId: byPhone.id }),
    await team.open('by lid', { contactId: byLid.id }),
  ];
  const one = await team.person({ phoneNumber: '6281200000007', lid: '700@lid' });
  const [page] = await sales.reader.listOfEach(team.ctx, { key: 'contactId', ids: [one.id] }, {});
  expect(page?.items.map(({ node }) => node.id)).toEqual([b.id, a.id]);
  // Whoever looks at it now may still change it.
  expect(page?.items.map(({ node }) => node.version)).toEqual([1, 1]);
});

describe('a board', () => {
  it('pages every stage in the same two statements', async () => {
    const team = await sales.team();
    for (const stage of ['New', 'Contacted', 'Won']) {
      for (let n = 0; n < 5; n += 1) await team.open(`${stage} ${n}`, { stageId: team.stage(stage) });
    }
    const count = async (stages: readonly string[]) => {
      const before = sales.db.database.queryCount;
      const pages = await sales.reader.listBoard(
        team.ctx,
        stages.map((name) => team.stage(name)),
        { first: 2 },
      );
      return { pages, statements: sales.db.database.queryCount - before };
    };
    const one = await count(['New']);
    const all = await count(['New', 'Contacted', 'Qualified', 'Proposal', 'Won', 'Lost']);
    expect(all.statements).toBe(one.statements);
    expect(all.pages.map((page) => page.items.map(({ node }) => node.title))).toEqual([
      ['New 4', 'New 3'],
      ['Contacted 4', 'Contacted 3'],
      [],
      [],
      ['Won 4', 'Won 3'],
      [],
    ]);
    const after = one.pages[0]?.items.at(-1)?.cursor;
    const [rest] = await sales.reader.listBoard(team.ctx, [team.stage('New')], { first: 10, after });
    expect(rest?.items.map(({ node }) => node.title)).toEqual(['New 2', 'New 1', 'New 0']);
  });

  it('is filtered by owner, tag, contact and status, and so are lists', async () => {
    const team = await sales.team();
    const ownerId = await team.user('AGENT', team.subaccountId);
    const contact = await team.person({ phoneNumber: '6281200000003', lid: null });
    await team.open('plain');
    await team.open('mine', { ownerId });
    await team.open('tagged', { tags: ['vip'] });
    await team.open('theirs', { contactId: contact.id });
    await team.open('sold', { stageId: team.stage('Won') });
    const list = async (filter: object): Promise<string[]> => {
      const owners = { key: 'subaccountId', ids: [team.subaccountId] } as const;
      const [page] = await sales.reader.listOfEach(team.ctx, owners, {}, filter);
      return (page?.items ?? []).map(({ node }) => node.title);
    };
    expect(await list({})).toEqual(['sold', 'theirs', 'tagged', 'mine', 'plain']);
    expect(await list({ ownerId })).toEqual(['mine']);
    expect(await list({ tag: 'vip' })).toEqual(['tagged']);
    expect(await list({ tag: 'VIP' })).toEqual([]);
    expect(await list({ contactId: contact.id })).toEqual(['theirs']);
    expect(await list({ status: ['WON', 'LOST'] })).toEqual(['sold']);
    expect(await list({ stageId: team.stage('Won') })).toEqual(['sold']);
    const [page] = await sales.reader.listBoard(team.ctx, [team.stage('New')], {}, { tag: 'vip' });
    expect(page?.items.map(({ node }) => node.title)).toEqual(['tagged']);
  });

  it('adds up by stage, owner and currency', async () => {
    const team = await sales.team();
    const ownerId = await team.user('AGENT', team.subaccountId);
    const usd = (amountMinor: number) => ({ value: { amountMinor, currency: 'USD' } });
    await team.open('a', usd(100));
    await team.open('b', usd(250));
    await team.open('c', { ...usd(5), ownerId });
    await team.open('d', { value: { amountMinor: 7, currency: 'IDR' } });
    await team.open('e');
    const totals = await sales.reader.sum(team.ctx, [team.pipeline.id]);
    const shown = totals.map(({ ownerId: owner, currency, count, amountMinor }) => ({
      owner,
      currency,
      count,
      amountMinor,
    }));
    expect(shown).toHaveLength(4);
    expect(shown).toEqual(
      expect.arrayContaining([
        { owner: ownerId, currency: 'USD', count: 1, amountMinor: 5 },
        { owner: null, currency: 'USD', count: 2, amountMinor: 350 },
        { owner: null, currency: 'IDR', count: 1, amountMinor: 7 },
        { owner: null, currency: null, count: 1, amountMinor: 0 },
      ]),
    );
  });
});
