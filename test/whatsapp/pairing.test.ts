import { describe, expect, it } from 'vitest';
import { useStage } from './support/stage.js';

const stageOf = useStage();

describe('pairing', () => {
  it('links by QR: the session goes on from code to open over the restart that WhatsApp asks for', async () => {
    const stage = await stageOf();
    const { observer, session, store, phone } = await stage.link({ name: 'Ayu' });
    expect(observer.calls.filter((call) => call !== 'onCaughtUp')).toEqual(['onQr', 'onPaired', 'onOpen']);
    expect(observer.opened).toMatchObject({
      phoneNumber: phone.number,
      lid: `${phone.lid}@lid`,
      business: false,
    });
    expect(session.isOpen).toBe(true);
    expect(store.credentials).not.toBeNull();
  });
});
