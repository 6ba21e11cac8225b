import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { priorityLevelOf } from '../../../src/modules/device/device.priority.js';
import { parseToken, tokenHash } from '../../../src/platform/crypto/tokens.js';
import { DeviceStage } from './device-stage.js';

let stage: DeviceStage;
beforeAll(async () => {
  stage = await DeviceStage.start();
});
afterAll(() => stage.end());

const tokensOf = (deviceId: string) =>
  stage.db.query<{ token_hash: Buffer; revoked_at: Date | null; expires_at: Date | null }>(
    'select token_hash, revoked_at, expires_at from device_token where device_id = $1 order by id',
    [deviceId],
  );

describe('creating a device', () => {
  it('shows the token once and keeps its hash alone', async () => {
    const tenant = await stage.tenant();
    const { device, token } = await stage.devices.create(tenant.ctx, {
      subaccountId: tenant.subaccountId,
      label: '  Sales ',
    });
    expect(device).toMatchObject({ label: 'Sales', status: 'NOT_PAIRED', priority: 0 });
    expect(parseToken(token)).toEqual({ kind: 'device' });
    const [stored] = await tokensOf(device.id);
    expect(stored?.token_hash).toEqual(tokenHash(token));
    expect(await stage.events(tenant, 'device.created')).toEqual([{ deviceId: device.id, label: 'Sales' }]);
  });

  it('gives fifty equal requests at once one device and one token', async () => {
    const { ctx, subaccountId } = await stage.tenant();
    const request = { subaccountId, label: 'Sales', idempotencyKey: 'k' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => stage.devices.create(ctx, request)));
    expect(new Set(answers.map(({ device, token }) => `${device.id} ${token}`)).size).toBe(1);
    expect((await stage.devices.list(ctx, subaccountId, {})).items).toHaveLength(1);
    expect(await tokensOf(answers[0]?.device.id ?? '')).toHaveLength(1);
    await expect(stage.devices.create(ctx, { ...request, label: 'Other' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('leaves nothing behind in a subaccount of somebody else', async () => {
    const [mine, theirs] = [await stage.tenant(), await stage.tenant()];
    for (const idempotencyKey of [null, 'k']) {
      await expect(
        stage.devices.create(mine.ctx, { subaccountId: theirs.subaccountId, label: 'Sales', idempotencyKey }),
      ).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    }
    expect(
      await stage.db.query('select 1 from device where subaccount_id = $1', [theirs.subaccountId]),
    ).toEqual([]);
  });

  it.each(['', '   ', 'x'.repeat(201), 'a\u0007b'])('refuses the label %j by name', async (label) => {
    const { ctx, subaccountId } = await stage.tenant();
    const create = async () => stage.devices.create(ctx, { subaccountId, label });
    await expect(create()).rejects.toMatchObject({ fields: [{ path: 'input.label' }] });
  });
});

describe('changing a device', () => {
  it('tells what changed, and nothing when nothing did', async () => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    await stage.devices.update(tenant.ctx, id, { label: 'Support', priority: 7 });
    await stage.devices.update(tenant.ctx, id, { label: 'Support' });
    expect(await stage.events(tenant, 'device.updated')).toEqual([
      { deviceId: id, changed: ['label', 'priority'] },
    ]);
  });

  it('takes a priority in words, in place of the number', async () => {
    const tenant = await stage.tenant();
    const { device } = await stage.devices.create(tenant.ctx, {
      subaccountId: tenant.subaccountId,
      label: 'Sales',
    });
    for (const [priorityLevel, priority] of [
      ['HIGH', 1_000],
      ['MEDIUM', 500],
      ['LOW', 0],
    ] as const) {
      const changed = await stage.devices.update(tenant.ctx, device.id, { priorityLevel });
      expect([changed.priority, priorityLevelOf(changed.priority)]).toEqual([priority, priorityLevel]);
    }
    const both = async () =>
      stage.devices.update(tenant.ctx, device.id, { priority: 1, priorityLevel: 'LOW' });
    await expect(both()).rejects.toMatchObject({ fields: [{ path: 'input.priorityLevel' }] });
  });

  it.each([-1, 1_001, 1.5])('refuses priority %d by name', async (priority) => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    const update = async () => stage.devices.update(tenant.ctx, id, { priority });
    await expect(update()).rejects.toMatchObject({ fields: [{ path: 'input.priority' }] });
  });
});

describe('a list of devices', () => {
  it('is filtered by status, number and part of the label, page by page', async () => {
    const tenant = await stage.tenant();
    const { ctx, subaccountId } = tenant;
    for (const label of ['North_1', 'South', 'north 2']) {
      await stage.devices.create(ctx, { subaccountId, label });
    }
    const labels = async (filter: object, first = 10) =>
      (await stage.devices.list(ctx, subaccountId, { first }, filter)).items.map(({ node }) => node.label);
    expect(await labels({})).toEqual(['North_1', 'South', 'north 2']);
    expect(await labels({ label: 'NORTH' })).toEqual(['North_1', 'north 2']);
    expect(await labels({ label: 'h_' })).toEqual(['North_1']);
    expect(await labels({ status: ['CONNECTED'] })).toEqual([]);
    expect(await labels({ phoneNumber: '6281200000001' })).toEqual([]);
    const page = await stage.devices.list(ctx, subaccountId, { first: 2 });
    expect(page.hasNextPage).toBe(true);
    const after = page.items.at(-1)?.cursor;
    const rest = await stage.devices.list(ctx, subaccountId, { first: 2, after });
    expect(rest.items.map(({ node }) => node.label)).toEqual(['north 2']);
  });
});

describe('a deleted device', () => {
  it('is found by nobody, and its tokens end', async () => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    await stage.devices.delete(tenant.ctx, id);
    await expect(stage.devices.get(tenant.ctx, id)).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    await expect(stage.devices.delete(tenant.ctx, id)).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    expect(await stage.devices.findMany(tenant.ctx, [id])).toEqual([]);
    expect(await stage.devices.findManyEver(tenant.ctx, [id])).toHaveLength(1);
    for (const token of await tokensOf(id)) expect(token.revoked_at).not.toBeNull();
    expect(await stage.events(tenant, 'device.deleted')).toEqual([{ deviceId: id }]);
  });
});

describe('a new token of a device', () => {
  it('ends the old one at once, and whoever listens for that hears it', async () => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    const [{ id: oldId } = { id: '' }] = await stage.db.query<{ id: string }>(
      'select id from device_token where device_id = $1',
      [id],
    );
    const heard = Promise.withResolvers<undefined>();
    const stop = stage.hints.subscribe(`revoked:${oldId}`, () => heard.resolve(undefined));
    const { token } = await stage.tokens.regenerate(tenant.ctx, id, 0);
    await heard.promise;
    stop();
    const [old, fresh] = await tokensOf(id);
    expect(old?.revoked_at).not.toBeNull();
    expect(fresh).toMatchObject({ token_hash: tokenHash(token), revoked_at: null, expires_at: null });
  });

  it('lets the old one live for the seconds of grace, and never longer than it had', async () => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    await stage.tokens.regenerate(tenant.ctx, id, 60);
    const [first] = await tokensOf(id);
    await stage.tokens.regenerate(tenant.ctx, id, 86_400);
    const [unchanged, second, third] = await tokensOf(id);
    expect(unchanged?.expires_at).toEqual(first?.expires_at);
    expect(second?.expires_at).not.toBeNull();
    expect(third?.expires_at).toBeNull();
  });

  it.each([-1, 86_401, 0.5])('refuses a grace of %d seconds by name', async (graceSeconds) => {
    const tenant = await stage.tenant();
    const { id } = await stage.device(tenant);
    const regenerate = async () => stage.tokens.regenerate(tenant.ctx, id, graceSeconds);
    await expect(regenerate()).rejects.toMatchObject({ fields: [{ path: 'input.graceSeconds' }] });
    expect(await tokensOf(id)).toHaveLength(1);
  });
});
