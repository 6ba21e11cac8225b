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

  it('does not advise against what we chose', () => {
    logger.warn('⚠️ DANGER: DISABLING ALL SYNC');
    logger.child({}).warn({}, 'no name present, ignoring presence update request...');
    logger.info({ secret: true }, 'connected');
    expect(lines).toEqual([]);
  });
});
