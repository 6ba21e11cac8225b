import { describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { contentCodec } from '../../src/whatsapp/baileys/index.js';
import type { MemoryAuthStore } from './support/memory-auth-store.js';
import { useStage, type LinkedMember, type Stage } from './support/stage.js';
import { until } from './support/until.js';

const STORM = 30;
/** Tries of the messages before and around the quarantine; without one there would be as many as messages. */
const FEW = 12;
const LONG_MS = 40_000;

const stageOf = useStage();

const texts = (store: MemoryAuthStore): string[] =>
  store.inbox.flatMap(({ content }) => {
    const meaning = content === null ? null : contentCodec.decode(content);
    return meaning?.kind === 'TEXT' ? [meaning.text] : [];
  });

const retries = (stage: Stage): number =>
  stage.simulator.ledger.entries().filter(({ type }) => type === 'retry').length;

/** From now on nothing of what this person writes can be read; resolves when that was noticed. */
async function storm(stage: Stage, { phone, observer }: LinkedMember, sender: Phone): Promise<() => void> {
  const rule = stage.simulator.faults.add({
    point: 'delivery',
    match: { number: phone.number, recipient: sender.number },
    times: null,
    action: { kind: 'corrupt' },
  });
  for (let number = 0; number < STORM; number += 1) await sender.sendText(phone.number, `noise ${number}`);
  await until(() => observer.calls.includes('onMessagesUnreadable'), 'the quarantine', LONG_MS);
  return () => void stage.simulator.faults.remove(rule.id);
}

describe('somebody whose messages cannot be read', () => {
  it('holds up nobody else, and is told once', { timeout: 2 * LONG_MS }, async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    await storm(stage, member, sender);
    await stage.simulator.createPhone().sendText(member.phone.number, 'from a friend');
    await until(() => texts(member.store).includes('from a friend'), 'the readable one', LONG_MS);
    expect(retries(stage)).toBeLessThanOrEqual(FEW);
    expect(member.observer.calls.filter((call) => call === 'onMessagesUnreadable')).toHaveLength(1);
  });

  it(
    'is read again when that is possible: nothing of what waited is lost',
    { timeout: 2 * LONG_MS },
    async () => {
      const stage = await stageOf();
      const member = await stage.link();
      const sender = stage.simulator.createPhone();
      const heal = await storm(stage, member, sender);
      heal();
      await sender.sendText(member.phone.number, 'and this one?');
      await until(() => new Set(texts(member.store)).size === STORM + 1, 'all of them', LONG_MS);
      expect(texts(member.store)).toHaveLength(STORM + 1);
    },
  );

  it(
    'loses nothing when the session ends meanwhile: what waits is delivered to the next',
    {
      timeout: 2 * LONG_MS,
    },
    async () => {
      const stage = await stageOf();
      const member = await stage.link();
      const sender = stage.simulator.createPhone();
      const heal = await storm(stage, member, sender);
      await member.session.close();
      heal();
      const next = stage.reopen(member);
      await until(() => next.observer.calls.includes('onCaughtUp'), 'the end of the catch-up', LONG_MS);
      await until(() => new Set(texts(next.store)).size === STORM, 'all of them', LONG_MS);
    },
  );
});
