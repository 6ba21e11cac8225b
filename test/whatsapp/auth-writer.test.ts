import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AuthWriter } from '../../src/whatsapp/baileys/auth-writer.js';
import type { InboxEntry } from '../../src/whatsapp/index.js';
import { MemoryAuthStore } from './support/memory-auth-store.js';

function writerOf(store: MemoryAuthStore): AuthWriter {
  const ignore = (): void => undefined;
  return new AuthWriter(store, null, () => new Uint8Array(), ignore, ignore);
}

function entry(number: number): InboxEntry {
  const parties = { senderPhone: null, senderLid: null, recipientPhone: null, recipientLid: null };
  const envelope = { ...parties, pushName: null, verifiedName: null, sentAt: new Date(), caughtUp: false };
  return {
    whatsappId: `M${number}`,
    chat: '628111@s.whatsapp.net',
    participant: null,
    fromMe: false,
    content: new Uint8Array(),
    envelope,
  };
}

/** One message in each turn of the event loop. */
async function burst(writer: AuthWriter, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    writer.enqueue({ inbox: [entry(number)] });
    await nextTurn();
  }
}

it('stores a burst of messages together, some dozens at a time', async () => {
  const store = new MemoryAuthStore();
  const sizes: number[] = [];
  store.beforeCommit = ({ inbox }) => void sizes.push(inbox.length);
  const writer = writerOf(store);
  await burst(writer, 100);
  await writer.flush();
  expect(store.inbox).toHaveLength(100);
  expect(sizes.length).toBeLessThanOrEqual(4);
  expect(Math.max(...sizes)).toBeLessThan(60);
});

it('does not wait for a burst with what has no messages in it', async () => {
  const store = new MemoryAuthStore();
  const writer = writerOf(store);
  writer.enqueue({ keys: [{ type: 'session', id: '628111.0', value: Buffer.from('a') }] });
  await nextTurn();
  await nextTurn();
  expect(store.commits).toBe(1);
});
