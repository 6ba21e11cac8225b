import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RowCounts } from '../support/row-counts.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { expectRefusals, refused, wrong } from './support/refusals.js';
import type { Case } from './support/refusals.js';

let server: TestServer;
let rows: RowCounts;
/** Connected: nothing but the input is wrong. */
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  rows = await RowCounts.open(server);
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await server.stop();
});

const PAST = '2020-01-01T00:00:00Z';

/** A good message but for the change. */
const send = (change: object, expected: Case[2]): Case => [
  'sendMessage',
  { deviceId: device.id, to: device.phone.number, text: 'hello', ...change },
  expected,
];

describe('a message is refused, names the wrong field and leaves no row behind', () => {
  it.each(['', '12ab', '0812345678', '+62', '6281200000001@s.whatsapp.net', '9'.repeat(20)])(
    'to %j',
    async (to) => {
      await expectRefusals(device.api, rows, [
        send({ to }, refused('BAD_USER_INPUT', 'INVALID_PHONE', 'to')),
      ]);
    },
  );

  it('with a text that is none', async () => {
    await expectRefusals(device.api, rows, [
      send({ text: '' }, wrong('text')),
      send({ text: ' \n ' }, wrong('text')),
      send({ text: null }, wrong('text')),
      send({ text: 'x'.repeat(4_097) }, wrong('text')),
      send({ text: 'a\u0000b' }, wrong('text')),
      send({ media: { url: 'https://example.com/a', type: 'AUDIO' } }, wrong('text')),
    ]);
  });

  it('with an expiry that is none', async () => {
    await expectRefusals(device.api, rows, [
      send({ expiresAt: PAST }, wrong('expiresAt')),
      send({ expiresAt: PAST, expiresInSeconds: 60 }, wrong('expiresAt')),
      send({ expiresAt: 'tomorrow' }, wrong('expiresAt')),
      send({ expiresInSeconds: 0 }, wrong('expiresInSeconds')),
      send({ expiresInSeconds: -5 }, wrong('expiresInSeconds')),
      send({ expiresInSeconds: 31 * 86_400 }, wrong('expiresInSeconds')),
    ]);
  });

  it('with other things that are wrong, all of them named', async () => {
    const media = { url: 'https://example.com/a', fileName: '../a' };
    await expectRefusals(device.api, rows, [
      send({ media }, wrong('media.fileName')),
      send({ media: { url: 'photo.png' } }, wrong('media.url')),
      send({ idempotencyKey: '' }, wrong('idempotencyKey')),
      send({ whenOffline: 'PERHAPS' }, wrong('whenOffline')),
      send({ to: 'x', deviceId: 5.5 }, wrong('deviceId', 'to')),
    ]);
  });

  it.each([
    'ftp://example.com/a.png',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'http://localhost/a',
    'http://127.0.0.1/a',
    'http://2130706433/a',
    'http://[::1]/a',
    'http://[::ffff:10.0.0.1]/a',
    'http://10.1.2.3/a',
    'http://192.168.0.1/a',
    'http://169.254.169.254/latest/meta-data',
    'https://user:secret@example.com/a',
  ])('with a file from %s', async (url) => {
    const notAllowed = refused('BAD_USER_INPUT', 'URL_NOT_ALLOWED', 'media.url');
    await expectRefusals(device.api, rows, [send({ media: { url } }, notAllowed)]);
  });
});

it('takes a good expiresAt and does not look at expiresInSeconds beside it', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { message } = await device.api.mutate<{ message: { expiresAt: string } }>(
    'sendMessage',
    { deviceId: device.id, to: device.phone.number, text: 'hello', expiresAt, expiresInSeconds: -1 },
    'message { expiresAt }',
  );
  expect(new Date(message.expiresAt)).toEqual(new Date(expiresAt));
});
