import { describe, expect, it } from 'vitest';
import { libraryLogger } from '../../src/whatsapp/baileys/logger.js';

describe("the library's log", () => {
  const lines: { facts: object; message: string }[] = [];
  const write = (facts: object, message: string): void => void lines.push({ facts, message });
  const logger = libraryLogger({ warn: write, error: write }, 'dev-1');

  it('loses payloads and whole numbers, keeps text and cause', () => {
    const facts = {
      err: new Error('no session for 6281234567890'),
      key: { remoteJid: '6281234567890@s.whatsapp.net' },
    };
    logger.error(facts, 'failed to decrypt message of 6281234567890');
    expect(lines.splice(0)).toEqual([
      {
        facts: { deviceId: 'dev-1', cause: 'no session for 62***********' },
        message: 'WhatsApp library: failed to decrypt message of 62***********',
      },
    ]);
  });

  it('says once what the library repeats, and later how often', () => {
    let nowMs = 0;
    const patient = libraryLogger({ warn: write, error: write }, 'dev-1', { monotonicMs: () => nowMs });
    const fail = (number: string) =>
      patient.error({ err: new Error('Bad MAC') }, `failed to decrypt message of ${number}`);
    for (let index = 0; index < 1_000; index += 1) fail(`62812345${String(index).padStart(5, '0')}`);
    expect(lines.splice(0)).toHaveLength(1);
    nowMs = 10_000;
    fail('6281234567890');
    expect(lines.splice(0)).toMatchObject([{ facts: { cause: 'Bad MAC', repeated: 999 } }]);
  });

  it('does not advise against what we chose', () => {
    logger.warn('⚠️ DANGER: DISABLING ALL SYNC');
    logger.child({}).warn({}, 'no name present, ignoring presence update request...');
    logger.info({ secret: true }, 'connected');
    expect(lines).toEqual([]);
  });
});
