import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Stage, stop } from './support/stage.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const STEPS = [
  'start the simulated WhatsApp',
  'start PostgreSQL and the server (roles api, worker, sessions)',
  'create an agency and log its owner in',
  'subaccount "Bakery": create a device',
  'subaccount "Garage": create a device',
  'Bakery pairs its number by QR',
  'Garage pairs its number by QR',
  'Bakery sends a message; receipts come back',
  "the customer's answer arrives in the conversation",
  'Garage sees nothing of Bakery',
];
/** WhatsApp refuses every message. */
const REFUSAL = JSON.stringify({ point: 'message', times: null, action: { kind: 'error', code: 479 } });

describe('the demo', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    await stage.expectNothingLeft();
  });
  afterAll(() => stage.close());

  it('shows every step and exits with 0', async () => {
    const { code, output } = await stage.cli(['demo', '--once']).ended;
    const done = [...output.matchAll(/✓ (.*)/g)].map(([, title]) => title);
    expect({ code, done }).toEqual({ code: 0, done: STEPS });
    expect(output).toContain('every step was seen to work');
  });

  it('names the step that failed and exits with 1', async () => {
    const { code, output } = await stage.cli(['demo', '--once', '--fault', REFUSAL]).ended;
    expect(code).toBe(1);
    expect(output).toContain(
      'step failed: Bakery sends a message; receipts come back: the message FAILED (SERVER_REJECTED)',
    );
    expect(output).not.toContain('every step was seen to work');
  });

  it('goes on until Ctrl-C, answers what it tells visitors to paste, and leaves nothing behind', async () => {
    const demo = stage.cli(['demo']);
    await demo.untilSaid(/3\. Pair one more number/);
    const [, url = ''] = await demo.untilSaid(/GraphQL: (\S+)/);
    const [, key = ''] = await demo.untilSaid(/A key to try \(subaccount Bakery\): (\S+)/);
    for (const [, body = ''] of demo.output.matchAll(/-d '(.*)'/g)) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const answer = (await (await fetch(url, { method: 'POST', headers, body })).json()) as object;
      expect(answer).not.toHaveProperty('errors');
    }
    await demo.untilSaid(/message from Budi: Hello Budi/);

    // npm and npx pass the terminal's Ctrl-C on once more.
    demo.signal('SIGINT');
    expect(await stop(demo, 'SIGINT')).toMatchObject({ code: 0, signal: null });
  });

  it('ends cleanly when nobody reads its output any more', async () => {
    const demo = stage.cli(['demo', '--once']);
    await demo.untilSaid(/▸ Bakery pairs its number by QR/);
    demo.closeOutput();
    expect(await demo.ended).toMatchObject({ code: 1, signal: null });
  });

  it('ends cleanly when it is interrupted in the middle of a step', async () => {
    const demo = stage.cli(['demo', '--once']);
    await demo.untilSaid(/▸ Bakery pairs its number by QR/);
    const { code, output } = await stop(demo, 'SIGINT');
    expect(code).toBe(1);
    expect(output).toContain('Interrupted before every step was seen.');
  });
});
