import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { createSales, refusal } from './fixture.js';
import type { Sales } from './fixture.js';

let sales: Sales;
beforeAll(async () => {
  sales = await createSales();
});
afterAll(() => sales.close());

const names = (stages: readonly { readonly name: string }[]): string[] => stages.map(({ name }) => name);

describe('a new pipeline', () => {
  it('has the usual stages when nobody says otherwise', async () => {
    const { pipeline, stages } = await sales.team();
    expect(pipeline.name).toBe('Sales');
    expect(stages.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'New OPEN',
      'Contacted OPEN',
      'Qualified OPEN',
      'Proposal OPEN',
      'Won WON',
      'Lost LOST',
    ]);
  });

  it('is made once under one key', async () => {
    const { ctx, subaccountId } = await sales.team();
    const request = { subaccountId, name: 'Renewals', idempotencyKey: 'once' };
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => sales.pipelines.create(ctx, request)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect((await sales.pipelines.list(ctx, subaccountId, {})).items).toHaveLength(2);
    const other = sales.pipelines.create(ctx, { ...request, name: 'Repairs' });
    expect(await refusal(other)).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it.each([
    ['no stage', []],
    ['no open stage', [{ name: 'Won', kind: 'WON' as const }]],
    ['21 stages', Array.from({ length: 21 }, (_, n) => ({ name: `Stage ${n}`, kind: 'OPEN' as const }))],
  ])('is refused with %s', async (_what, stages) => {
    const { ctx, subaccountId } = await sales.team();
    const error = await refusal(sales.pipelines.create(ctx, { subaccountId, stages }));
    expect(error.fields.map(({ path }) => path)).toEqual(['input.stages']);
  });
});

describe('the stages of a pipeline', () => {
  it('are renamed, put into another order, added and removed in one call', async () => {
    const { ctx, pipeline, stages } = await sales.team();
    const [first, contacted, , , won] = stages;
    await sales.pipelines.update(ctx, pipeline.id, {
      stages: [
        { stageId: contacted?.id, name: 'Called', kind: 'OPEN' },
        { name: 'Visited', kind: 'OPEN' },
        { stageId: first?.id, name: 'New', kind: 'OPEN' },
        { stageId: won?.id, name: 'Won', kind: 'WON' },
      ],
    });
    const now = await sales.pipelines.listStages(ctx, [pipeline.id]);
    expect(names(now)).toEqual(['Called', 'Visited', 'New', 'Won']);
    expect(now[0]?.id).toBe(contacted?.id);
  });

  it('are not removed while deals are in them', async () => {
    const team = await sales.team();
    await team.open('A sale');
    const without = team.stages
      .filter(({ name }) => name !== 'New')
      .map(({ id, name, kind }) => ({ stageId: id, name, kind }));
    const error = await refusal(sales.pipelines.update(team.ctx, team.pipeline.id, { stages: without }));
    expect(error).toMatchObject({ reason: 'STAGE_NOT_EMPTY', data: { stage: 'New' } });
    expect(await sales.pipelines.listStages(team.ctx, [team.pipeline.id])).toHaveLength(6);
  });

  it('keep their kind, and are those of this pipeline', async () => {
    const team = await sales.team();
    const other = await sales.pipelines.create(team.ctx, { subaccountId: team.subaccountId });
    const [foreign] = await sales.pipelines.listStages(team.ctx, [other.id]);
    const open = { name: 'New', kind: 'OPEN' as const };
    for (const [stage, path] of [
      [{ stageId: team.stage('Won'), name: 'Won', kind: 'LOST' as const }, 'input.stages.1.kind'],
      [{ stageId: foreign?.id, name: 'New', kind: 'OPEN' as const }, 'input.stages.1.stageId'],
      [{ stageId: newId(), name: 'New', kind: 'OPEN' as const }, 'input.stages.1.stageId'],
    ] as const) {
      const error = await refusal(
        sales.pipelines.update(team.ctx, team.pipeline.id, { stages: [open, stage] }),
      );
      expect(error.fields.map((field) => field.path)).toEqual([path]);
    }
  });
});

it('a pipeline is deleted only without deals', async () => {
  const team = await sales.team();
  const deal = await team.open('A sale');
  expect(await refusal(sales.pipelines.delete(team.ctx, team.pipeline.id))).toMatchObject({
    reason: 'PIPELINE_NOT_EMPTY',
  });
  await sales.deals.delete(team.ctx, deal.id);
  await sales.pipelines.delete(team.ctx, team.pipeline.id);
  expect(await refusal(sales.pipelines.get(team.ctx, team.pipeline.id))).toMatchObject({
    reason: 'NOT_FOUND',
  });
});
