import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { bearer, DoorClient } from './support/door-client.js';

let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device();
});
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const anyText = expect.any(String) as string;
const HOSTILE: readonly (readonly [string, { body: string; headers: Record<string, string> }])[] = [
  ['broken JSON', { body: '{"a":', headers: JSON_TYPE }],
  ['an empty body', { body: '', headers: JSON_TYPE }],
  ['a prototype', { body: '{"__proto__":{"admin":true}}', headers: JSON_TYPE }],
  ['a deep list', { body: '['.repeat(50_000) + ']'.repeat(50_000), headers: JSON_TYPE }],
  ['a number', { body: '1', headers: JSON_TYPE }],
  ['XML', { body: '<a/>', headers: { 'content-type': 'application/xml' } }],
  ['a huge body', { body: JSON.stringify({ label: 'x'.repeat(300_000) }), headers: JSON_TYPE }],
];

describe('what a door makes of hostile input', () => {
  it.each(HOSTILE)('%s is refused by each in its own words', async (_name, call) => {
    const doors = [
      ['wagy', `/${device.id}/send`, { status: 'error', message: anyText }, bearer(device.token)],
      [
        'whatspie',
        '/devices',
        { code: expect.any(Number) as number, message: anyText, error: anyText },
        bearer(device.api.token),
      ],
      ['wapiz', '/api/auth/register', { error: anyText }, {}],
    ] as const;
    for (const [name, path, words, headers] of doors) {
      const { status, body, text } = await new DoorClient(server, name, headers).call('POST', path, call);
      expect([400, 413, 415], `${name}: ${text}`).toContain(status);
      expect(body).toMatchObject(words);
      expect(text).not.toMatch(/node_modules|\.ts:|FST_ERR/);
    }
  });

  it('an id of a thousand letters is unknown, in the words of the door', async () => {
    const wagy = new DoorClient(server, 'wagy', bearer(device.token));
    const { status, body } = await wagy.get(`/${'a'.repeat(1_000)}`);
    expect([status, body]).toEqual([404, { status: 'error', message: 'Device not found' }]);
  });
});
