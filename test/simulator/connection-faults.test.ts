import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BreakAction, FaultAction, FaultPoint } from '../../src/simulator/index.js';
import { Fixture } from './fixture.js';

let fixture: Fixture;

/** Takes what would end the process, while it is in use. */
class UnhandledRejections implements Disposable {
  readonly seen: unknown[] = [];
  readonly #others = process.listeners('unhandledRejection');

  constructor() {
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => this.seen.push(reason));
  }

  [Symbol.dispose](): void {
    process.removeAllListeners('unhandledRejection');
    for (const listener of this.#others) process.on('unhandledRejection', listener);
  }
}

beforeEach(async () => {
  fixture = await Fixture.start({ firstSync: false });
});

afterEach(() => fixture.close());

describe('a connection that does not come about is reported by the stock client', () => {
  const table: { point: FaultPoint; action: FaultAction; code: number; message: string }[] = [
    { point: 'upgrade', action: { kind: 'refuse' }, code: 408, message: 'WebSocket Error' },
    { point: 'upgrade', action: { kind: 'hang' }, code: 408, message: 'Opening handshake has timed out' },
    {
      point: 'handshake',
      action: { kind: 'badCertificate' },
      code: 400,
      message: 'certification match failed',
    },
    { point: 'handshake', action: { kind: 'close' }, code: 428, message: 'Connection Terminated' },
    { point: 'handshake', action: { kind: 'reset' }, code: 428, message: 'Connection Terminated' },
    ...[401, 402, 403, 405, 406, 409, 411, 503].map((reason) => ({
      point: 'login' as const,
      action: { kind: 'failure' as const, reason },
      code: reason,
      message: 'Connection Failure',
    })),
    { point: 'login', action: { kind: 'close' }, code: 428, message: 'Connection Terminated' },
    { point: 'login', action: { kind: 'streamError', code: '503' }, code: 503, message: 'Stream Errored' },
  ];

  test.each(table)('$point $action.kind $action.reason: $code', async ({ point, action, code, message }) => {
    fixture.simulator.faults.add({ point, action });
    const client = fixture.client({ connectTimeoutMs: 400 }).connect();
    const closed = await client.closed();
    expect(closed.code).toBe(code);
    expect(closed.message).toContain(message);
  });

  test('HTTP 503 on the upgrade: the stock client reports nothing, and the fault has struck', async () => {
    fixture.simulator.faults.add({ point: 'upgrade', action: { kind: 'http', status: 503 } });
    const client = fixture.client({ connectTimeoutMs: 200 }).connect();
    await expect.poll(() => fixture.simulator.faults.list()).toEqual([]);
    await expect(client.closed(400)).rejects.toThrow('in vain');
  });

  test('the attributes of a temporary ban reach the client', async () => {
    const attrs = { code: '101', expire: '3600' };
    fixture.simulator.faults.add({ point: 'login', action: { kind: 'failure', reason: 402, attrs } });
    const client = fixture.client().connect();
    await client.closed();
    const error = client.updates.find((update) => update.lastDisconnect)?.lastDisconnect?.error;
    expect(error).toMatchObject({ data: attrs });
  });
});

describe('a live connection that breaks is reported by the stock client', () => {
  const table: { action: BreakAction; code: number }[] = [
    { action: { kind: 'close' }, code: 428 },
    { action: { kind: 'reset' }, code: 428 },
    { action: { kind: 'streamEnd' }, code: 428 },
    { action: { kind: 'streamError', code: '401', conflict: 'device_removed' }, code: 401 },
    { action: { kind: 'streamError', conflict: 'replaced' }, code: 440 },
    { action: { kind: 'streamError', code: '403' }, code: 403 },
    { action: { kind: 'streamError', code: '408' }, code: 408 },
    { action: { kind: 'streamError', code: '500' }, code: 500 },
    { action: { kind: 'streamError', code: '503' }, code: 503 },
    { action: { kind: 'streamError', code: '515' }, code: 515 },
    { action: { kind: 'streamError' }, code: 500 },
  ];

  test.each(table)('$action: $code', async ({ action, code }) => {
    const { client, device } = await fixture.paired();
    expect(device.disrupt(action)).toBe(true);
    expect((await client.closed()).code).toBe(code);
    await expect.poll(() => device.connected).toBe(false);
    await client.reconnect();
    expect(fixture.simulator.ledger.doubleConnections()).toEqual([]);
  });

  test('garbage: a frame that cannot be decrypted, for which the library has no handler', async () => {
    const { client, device } = await fixture.paired();
    using rejections = new UnhandledRejections();
    expect(device.disrupt({ kind: 'garbage' })).toBe(true);
    // The frames after it cannot be decrypted either.
    await expect.poll(() => rejections.seen.length).toBeGreaterThan(0);
    expect(rejections.seen.map(String)).toSatisfy((seen: string[]) =>
      seen.every((text) => text.includes('authenticate')),
    );
    expect(client.updates.some(({ connection }) => connection === 'close')).toBe(false);
  });

  test('an unanswered keep-alive ends as a lost connection', async () => {
    fixture.simulator.faults.add({ point: 'keepalive', times: null, action: { kind: 'drop' } });
    const { client } = await fixture.paired({ keepAliveIntervalMs: 200 });
    expect(await client.closed(9_000)).toMatchObject({ code: 408, message: 'Connection was lost' });
  });

  test('a frozen link swallows what the client writes and never answers', async () => {
    const { client, device } = await fixture.paired({ defaultQueryTimeoutMs: 300 });
    device.disrupt({ kind: 'freeze' });
    const before = fixture.simulator.ledger.entries().length;
    const answers = await client.socket.onWhatsApp(fixture.customer.number).catch((error: unknown) => error);
    expect(answers).toBeUndefined();
    // Without this the library's websocket would wait 30 s for an answer to its close.
    device.disrupt({ kind: 'reset' });
    expect(fixture.simulator.ledger.entries()).toHaveLength(before);
  });
});

describe('the end of a link', () => {
  test('a removed device gets 401, also at its next login', async () => {
    const { client, device } = await fixture.paired();
    fixture.owner.unlink(device);
    expect(await client.closed()).toMatchObject({ code: 401 });
    expect(fixture.owner.devices).toHaveLength(0);
    client.updates.length = 0;
    client.connect();
    expect(await client.closed()).toMatchObject({ code: 401, message: 'Connection Failure' });
  });

  test('a client that logs out is taken off the account', async () => {
    const { client } = await fixture.paired();
    await client.socket.logout();
    await expect.poll(() => fixture.owner.devices).toEqual([]);
  });

  test('a second login of the same device replaces the first, and the ledger shows it', async () => {
    const { client } = await fixture.paired();
    const first = client.updates;
    const rival = fixture.client();
    Object.assign(rival, { auth: client.auth });
    rival.connect();
    expect(await client.closed()).toMatchObject({ code: 440 });
    await rival.opened();
    expect(first.length).toBeGreaterThan(0);
    expect(fixture.simulator.ledger.doubleConnections()).toHaveLength(1);
  });

  test('a banned account is thrown out and refused until the ban is lifted', async () => {
    const { client } = await fixture.paired();
    fixture.owner.setBanned(true);
    expect(await client.closed()).toMatchObject({ code: 403 });
    client.updates.length = 0;
    client.connect();
    expect(await client.closed()).toMatchObject({ code: 403, message: 'Connection Failure' });
    fixture.owner.setBanned(false);
    await client.reconnect();
  });
});

test('a malformed frame ends its own connection only', async () => {
  const { client } = await fixture.paired();
  const stranger = new WebSocket(fixture.simulator.url);
  const closed = new Promise((resolve) => {
    stranger.addEventListener('close', resolve);
  });
  stranger.addEventListener('open', () => {
    stranger.send(Buffer.from('this is not the protocol of WhatsApp at all'));
  });
  await closed;
  expect(String(fixture.simulator.problems[0])).toContain('does not begin with "WA"');
  await client.sendText(fixture.customer.number, 'still here');
  await fixture.customer.waitForMessage();
});
