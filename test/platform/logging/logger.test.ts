import { describe, expect, it } from 'vitest';
import { kernelErrors } from '../../../src/kernel/errors.js';
import { childLogger, createLogger } from '../../../src/platform/logging/logger.js';
import type { Logger } from '../../../src/platform/logging/logger.js';
import { createProtocolLogger } from '../../../src/platform/logging/protocol-logger.js';
import { maskText } from '../../../src/platform/logging/redaction.js';
import { throttledWarn } from '../../../src/platform/logging/throttled-log.js';

const PHONE = '6281234567890';
const TOKEN = 'tl_key_0123456789ABCDEFGHIJabcdefghij012345';
const BODY = 'meet me at the harbour';

function capture(format: 'json' | 'pretty' = 'json', level: 'trace' | 'info' = 'trace') {
  const lines: string[] = [];
  const logger = createLogger(
    { log: { level, format }, nodeName: 'node-1' },
    { write: (line: string) => void lines.push(line) },
  );
  return { logger, text: () => lines.join('') };
}

const leaks: [string, (logger: Logger) => void, string][] = [
  ['a token by its name', (l) => l.info({ token: 's3cr3t-value' }), 's3cr3t-value'],
  [
    'a name that ends in a secret word',
    (l) => l.info({ device_access_token: 's3cr3t-value' }),
    's3cr3t-value',
  ],
  ['a nested password', (l) => l.info({ input: { user: { Password: 's3cr3t-value' } } }), 's3cr3t-value'],
  ['request headers', (l) => l.info({ req: { headers: { authorization: 's3cr3t-value' } } }), 's3cr3t-value'],
  ['the text of a QR', (l) => l.info({ pairing: { qr: '2@abcdef' } }), '2@abcdef'],
  ['a pairing code', (l) => l.info({ code: 'ABCD1234' }), 'ABCD1234'],
  ['credentials', (l) => l.info({ creds: { noiseKey: { private: 's3cr3t-value' } } }), 's3cr3t-value'],
  ['a message body', (l) => l.info({ messages: [{ text: BODY }] }), BODY],
  ['a message object', (l) => l.info({ message: { conversation: BODY } }), BODY],
  ['a phone number by any name', (l) => l.info({ recipient: PHONE }), PHONE],
  ['a phone number in an address', (l) => l.info({ jid: `${PHONE}:3@s.whatsapp.net` }), PHONE],
  ['a phone number in the text', (l) => l.info(`sent to +${PHONE}`), PHONE],
  ['a phone number as a name', (l) => l.info({ byPhone: { [PHONE]: 1 } }), PHONE],
  ['a formatted phone number', (l) => l.info('call +62 812-3456-7890 back'), '3456-7890'],
  ['a phone number in an error', (l) => l.error({ err: new Error(`no ${PHONE}`) }), PHONE],
  ['a phone number in an error alone', (l) => l.error(new Error(`no ${PHONE}`)), PHONE],
  ['a phone number in a cause', (l) => l.error(new Error('x', { cause: new Error(PHONE) })), PHONE],
  [
    'fields that a library hung on an error',
    (l) => l.error(Object.assign(new Error('x'), { row: BODY })),
    BODY,
  ],
  ['a token in the text', (l) => l.warn(`refused ${TOKEN}`), TOKEN],
  ['a bearer header in the text', (l) => l.warn(`Authorization: Bearer abc.def-123`), 'abc.def-123'],
  ['the password of a URL', (l) => l.warn('connect postgres://app:hunter2@db/x'), 'hunter2'],
  ['a signature in a URL', (l) => l.warn('GET /media/1?exp=5&sig=s3cr3t-value'), 's3cr3t-value'],
  ['a secret of a child logger', (l) => l.child({ token: 's3cr3t-value' }).info('x'), 's3cr3t-value'],
  ['a phone number of a child logger', (l) => childLogger(l, 'device', { who: PHONE }).info('x'), PHONE],
  [
    'values that PostgreSQL repeats',
    (l) => l.error(new Error(`Key (email)=(a@b.example) exists`)),
    'a@b.example',
  ],
  [
    'a stanza of the protocol library',
    (l) => createProtocolLogger(l).warn({ node: { x: BODY } }, 'bad'),
    BODY,
  ],
  ['any object of the protocol library', (l) => createProtocolLogger(l).error({ x: { y: BODY } }), BODY],
  [
    'any text of the protocol library',
    (l) => createProtocolLogger(l).error({ x: 's3cr3t-value' }),
    's3cr3t-value',
  ],
  ['chatter of the protocol library', (l) => createProtocolLogger(l).info({ n: 1 }, BODY), BODY],
];

describe('the log', () => {
  it.each(leaks)('keeps back %s', (_what, write, secret) => {
    for (const format of ['json', 'pretty'] as const) {
      const log = capture(format);
      write(log.logger);
      expect(log.text()).not.toContain(secret);
    }
  });

  it('still says what happened', () => {
    const log = capture();
    const deviceId = '01890a5d-ac96-774b-bcce-b302099a8057';
    log.logger.warn({ deviceId, attempt: 3, statusCode: 440, at: '2026-11-21T04:00:00Z' }, 'device closed');
    expect(JSON.parse(log.text())).toMatchObject({
      level: 40,
      node: 'node-1',
      deviceId,
      attempt: 3,
      statusCode: 440,
      at: '2026-11-21T04:00:00Z',
      msg: 'device closed',
    });
  });

  it('keeps type, code, reason and causes of errors', () => {
    const log = capture();
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    log.logger.error({ err: kernelErrors.DATABASE_UNAVAILABLE({ cause: refused }) }, 'query failed');
    expect(JSON.parse(log.text())).toMatchObject({
      err: {
        reason: 'DATABASE_UNAVAILABLE',
        cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
      },
    });
  });

  it('lets errors and numbers of the protocol library through', () => {
    const log = capture();
    createProtocolLogger(log.logger)
      .child({ class: 'noise' })
      .error({ error: new Error('bad mac'), n: 4 }, 'oops');
    expect(JSON.parse(log.text())).toMatchObject({ msg: 'oops', n: 4, error: { message: 'bad mac' } });
  });

  it('masks phone numbers but leaves ids, dates, addresses and counts alone', () => {
    expect(maskText('from 6281234567890 to +4915112345678')).toBe('from 62*********90 to 49*********78');
    for (const text of [
      '00000000-1111-7222-8333-444455556666',
      'at 2026-11-21 04:00',
      '192.168.100.200:5432',
      '3EB0123456789ABCDEF012',
      'took 1234567 ms',
    ])
      expect(maskText(text)).toBe(text);
  });

  it('says a repeated warning once, then how often it was left out', () => {
    const log = capture();
    let time = 0;
    const warn = throttledWarn(log.logger, () => time);
    for (let i = 0; i < 100; i += 1) warn(new Error('connection refused'), 'queue');
    time = 10_001;
    warn(new Error('connection refused'), 'queue');
    const lines = log.text().trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ repeated: 99 });
  });
});
