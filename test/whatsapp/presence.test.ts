import { describe, expect, it } from 'vitest';
import { useStage } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

describe('typing and reading', () => {
  it('shows typing to a chat, and its end', async () => {
    const stage = await stageOf();
    const { session } = await stage.link({ name: 'Ayu' });
    // A private account tells its name only in its synchronised settings, and the nameless cannot be online.
    await until(() => session.identity?.name === 'Ayu', 'the name');
    const customer = stage.simulator.createPhone();
    await session.setTyping(customer.number, true);
    await session.setTyping(customer.number, false);
    await until(() => customer.observed.length >= 2, 'both');
    expect(customer.observed.map((each) => each.state)).toEqual(['composing', 'paused']);
  });

  it('marks messages as read', async () => {
    const stage = await stageOf();
    const { session, store, phone } = await stage.link();
    const customer = stage.simulator.createPhone();
    const { id } = await customer.sendText(phone.number, 'hello');
    const row = await until(() => store.inbox[0], 'the row');
    await session.markRead(row.chat, row.participant, [id]);
    await until(
      () => customer.receipts.some((each) => each.id === id && each.type === 'read'),
      'the receipt',
    );
  });

  it('needs a connection', async () => {
    const stage = await stageOf();
    const { session } = await stage.link();
    await session.close();
    await expect(session.setTyping('628123', true)).rejects.toMatchObject({
      reason: 'WHATSAPP_NOT_CONNECTED',
    });
    await expect(session.logOut()).rejects.toMatchObject({ reason: 'WHATSAPP_NOT_CONNECTED' });
  });
});
