import { describe, expect, it } from 'vitest';
import { contentCodec } from '../../src/whatsapp/baileys/index.js';
import type { FrozenMessage } from '../../src/whatsapp/index.js';
import { useStage, type LinkedMember } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

let serial = 0;
function text(to: string, body = 'hello'): FrozenMessage {
  serial += 1;
  const whatsappId = `3EB0${serial.toString(16).toUpperCase().padStart(18, '0')}`;
  return { whatsappId, to, content: contentCodec.encodeText(body) };
}

function attempts({ phone }: LinkedMember, stage: Awaited<ReturnType<typeof stageOf>>, id: string): number {
  return stage.simulator.ledger.attempts({ accountNumber: phone.number, id }).length;
}

describe('sending', () => {
  it('is answered ACKED only after WhatsApp has the message, and the recipient reads the text', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const message = text(recipient.number, 'good morning');
    const outcome = await member.session.send(message);
    expect(outcome).toMatchObject({ kind: 'ACKED', address: `${recipient.number}@s.whatsapp.net` });
    const [entry] = stage.simulator.ledger.sent({ id: message.whatsappId });
    expect(entry?.ackedAt).toBeTypeOf('number');
    expect(await recipient.waitForMessage()).toMatchObject({ id: message.whatsappId, text: 'good morning' });
  });

  it('waits for a slow ack', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    stage.simulator.faults.add({ point: 'ack', action: { kind: 'delay', ms: 400 } });
    const startedAt = performance.now();
    expect((await member.session.send(text(recipient.number))).kind).toBe('ACKED');
    expect(performance.now() - startedAt).toBeGreaterThan(390);
  });

  it('tells the code of a refusal, also when it comes at once', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    stage.simulator.faults.add({ point: 'message', action: { kind: 'error', code: 479 } });
    expect(await member.session.send(text(recipient.number))).toMatchObject({ kind: 'REFUSED', code: 479 });
  });

  it('is UNANSWERED when no ack comes, and tells of an ack that comes later', async () => {
    const stage = await stageOf();
    const member = await stage.link({ timeouts: { ackTimeoutMs: 150 } });
    const recipient = stage.simulator.createPhone();
    stage.simulator.faults.add({ point: 'ack', action: { kind: 'delay', ms: 400 } });
    const message = text(recipient.number);
    expect((await member.session.send(message)).kind).toBe('UNANSWERED');
    const late = await until(() => member.observer.lateAcks[0], 'the late ack');
    expect(late).toMatchObject({ whatsappId: message.whatsappId, errorCode: null });
  });

  it('is UNANSWERED when the connection breaks after the message was written', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    stage.simulator.faults.add({ point: 'ack', action: { kind: 'reset' } });
    expect((await member.session.send(text(recipient.number))).kind).toBe('UNANSWERED');
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'CONNECTION_LOST', action: 'BACK_OFF' });
  });

  it('writes nothing to a number without WhatsApp', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const message = text('628999000111');
    expect(await member.session.send(message)).toEqual({ kind: 'NOT_ON_WHATSAPP' });
    expect(attempts(member, stage, message.whatsappId)).toBe(0);
  });

  it('asks WhatsApp about a number once', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const asked = (): number =>
      stage.simulator.ledger.entries().filter((entry) => entry.xmlns === 'usync').length;
    await member.session.send(text(recipient.number));
    const before = asked();
    await member.session.send(text(recipient.number));
    expect(asked()).toBe(before);
    expect(await member.session.findOnWhatsApp(recipient.number)).toEqual({
      exists: true,
      lid: `${recipient.lid}@lid`,
    });
    expect(asked()).toBe(before);
  });

  it('writes nothing when the number cannot be checked', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const rule = { point: 'iq', match: { xmlns: 'usync' }, times: null } as const;
    const { id } = stage.simulator.faults.add({ ...rule, action: { kind: 'error', code: 429 } });
    const message = text(recipient.number);
    expect(await member.session.send(message)).toMatchObject({ kind: 'NOT_WRITTEN', retryable: true });
    expect(attempts(member, stage, message.whatsappId)).toBe(0);
    stage.simulator.faults.remove(id);
    expect((await member.session.send(message)).kind).toBe('ACKED');
  });

  it('writes nothing when the recipient cannot be encrypted for, not even the copy for the own phone', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    await member.session.findOnWhatsApp(recipient.number);
    const rule = { point: 'iq', match: { xmlns: 'encrypt', child: 'key' }, times: null } as const;
    const { id } = stage.simulator.faults.add({ ...rule, action: { kind: 'error', code: 406 } });
    const message = text(recipient.number);
    expect(await member.session.send(message)).toMatchObject({ kind: 'NOT_WRITTEN', retryable: true });
    expect(attempts(member, stage, message.whatsappId)).toBe(0);
    stage.simulator.faults.remove(id);
    expect((await member.session.send(message)).kind).toBe('ACKED');
  });

  it.each(['6281234@g.us', '120363@newsletter', 'status@broadcast'])('does not write to %s', async (to) => {
    const stage = await stageOf();
    const member = await stage.link();
    expect(await member.session.send(text(to))).toMatchObject({ kind: 'NOT_WRITTEN', retryable: false });
  });

  it('refuses a content that is no message for good', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const broken = { ...text(recipient.number), content: new Uint8Array([0xff, 0xff, 0xff]) };
    expect(await member.session.send(broken)).toMatchObject({ kind: 'NOT_WRITTEN', retryable: false });
  });

  it('writes nothing when the session is not open', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    await member.session.close();
    expect(await member.session.send(text('628123'))).toMatchObject({ kind: 'NOT_WRITTEN', retryable: true });
  });

  it('holds before the wire, with the Signal state durable, and writes nothing when the hook throws', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const message = text(recipient.number);
    const stop = () => Promise.reject(new Error('expired'));
    const outcome = await member.session.send(message, { beforeWire: stop });
    expect(outcome).toEqual({ kind: 'NOT_WRITTEN', retryable: true, detail: 'expired' });
    expect(attempts(member, stage, message.whatsappId)).toBe(0);

    let sessionIsDurable = false;
    let wroteBefore = -1;
    const hooks = {
      beforeWire: () => {
        sessionIsDurable = member.store.keys.has(`session:${recipient.lid}_1.0`);
        wroteBefore = attempts(member, stage, message.whatsappId);
        return Promise.resolve();
      },
      afterWire: async () => {
        await stage.simulator.ledger.waitFor(
          (entry) => entry.id === message.whatsappId && entry.direction === 'in',
        );
      },
    };
    expect((await member.session.send(message, hooks)).kind).toBe('ACKED');
    expect({ sessionIsDurable, wroteBefore }).toEqual({ sessionIsDurable: true, wroteBefore: 0 });
    expect(stage.simulator.ledger.reusedKeys()).toEqual([]);
  });

  it('writes nothing when the Signal state cannot be stored, and ends', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    await member.session.send(text(recipient.number));
    member.store.beforeCommit = () => Promise.reject(new Error('disk full'));
    const message = text(recipient.number);
    expect((await member.session.send(message)).kind).toBe('NOT_WRITTEN');
    expect(attempts(member, stage, message.whatsappId)).toBe(0);
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'STORE_FAILED', action: 'BACK_OFF' });
  });

  it('stores the Signal state of messages that leave together at once, and before any of them is on the wire', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipients = Array.from({ length: 5 }, () => stage.simulator.createPhone());
    const sendAll = () =>
      Promise.all(recipients.map(({ number }) => member.session.send(text(number, 'together'))));
    await sendAll();
    const isWritten = () => stage.simulator.ledger.attempts({ accountNumber: member.phone.number }).length;
    const before = { written: isWritten(), commits: member.store.commits };
    const held: number[] = [];
    member.store.beforeCommit = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      held.push(isWritten());
    };
    const outcomes = await sendAll();
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['ACKED']));
    expect(member.store.commits - before.commits).toBe(1);
    expect(held).toEqual([before.written]);
    expect(stage.simulator.ledger.reusedKeys()).toEqual([]);
  });

  it('sends the same plaintext under the same id again, encrypted anew', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const message = text(recipient.number, 'once');
    await member.session.send(message);
    await member.session.send(message);
    const written = stage.simulator.ledger.attempts({ id: message.whatsappId });
    expect(written).toHaveLength(2);
    const digests = new Set(written.flatMap((entry) => entry.encs.map((enc) => enc.digest)));
    expect(digests.size).toBe(written.flatMap((entry) => entry.encs).length);
    await until(() => recipient.inbox[0]?.copies === 2, 'the second copy');
    expect(recipient.inbox).toHaveLength(1);
  });

  it('uses no message key twice when it is killed right after the wire, again and again', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    // The reply gives both sides an established session: from here on counters go up in one chain.
    await member.session.send(text(recipient.number));
    await recipient.sendText(member.phone.number, 'reply');
    await until(() => member.store.inbox[0], 'the reply');
    let store = member.store;
    let current = member.session;
    for (let round = 0; round < 4; round += 1) {
      let atTheWire = store.snapshot();
      const kept = store;
      await current.send(text(recipient.number, `round ${String(round)}`), {
        afterWire: () => {
          atTheWire = kept.snapshot();
          return Promise.resolve();
        },
      });
      await current.close();
      store = atTheWire;
      const next = stage.open({ store });
      await next.observer.isOpened();
      current = next.session;
    }
    await current.send(text(recipient.number, 'last'));
    await until(() => recipient.inbox.length === 6, 'all messages');
    const chains = stage.simulator.ledger
      .attempts({ accountNumber: member.phone.number })
      .flatMap((entry) => entry.encs.filter((enc) => enc.recipientJid.startsWith(recipient.number)));
    expect(new Set(chains.map((enc) => enc.chain)).size).toBeLessThan(chains.length);
    expect(stage.simulator.ledger.reusedKeys()).toEqual([]);
  });

  it('uses no message key twice while the other side writes at the same time', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const other = stage.simulator.createPhone();
    const rounds = Array.from({ length: 15 }, (_, index) => String(index));
    const outcomes = await Promise.all(
      rounds.flatMap((round) => [
        member.session.send(text(other.number, round)),
        other.sendText(member.phone.number, round).then(() => ({ kind: 'ACKED' })),
        member.phone.typeOnPhone(other.number, round).then(() => ({ kind: 'ACKED' })),
      ]),
    );
    expect(new Set(outcomes.map((outcome) => outcome.kind))).toEqual(new Set(['ACKED']));
    await until(() => member.store.inbox.length === 30, 'all rows');
    await until(() => other.inbox.length === 30, 'all messages');
    expect(member.store.inbox.every((row) => row.content !== null)).toBe(true);
    expect(stage.simulator.ledger.reusedKeys()).toEqual([]);
  });

  it('serves a retry receipt after a restart from the frozen message', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    recipient.goOffline();
    const message = text(recipient.number, 'frozen');
    await member.session.send(message);
    member.store.sent.set(message.whatsappId, message.content);
    await member.session.close();
    const again = stage.reopen(member);
    await again.observer.isOpened();
    stage.simulator.faults.add({
      point: 'decrypt',
      match: { number: recipient.number },
      action: { kind: 'corrupt' },
    });
    recipient.goOnline();
    expect(await recipient.waitForMessage()).toMatchObject({ id: message.whatsappId, text: 'frozen' });
  });

  it('tells of receipts with their kind', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    const message = text(recipient.number);
    await member.session.send(message);
    await until(() => member.observer.receipts[0], 'the delivery');
    recipient.markRead(message.whatsappId);
    await until(() => member.observer.receipts[1], 'the read');
    expect(member.observer.receipts).toMatchObject([
      { kind: 'DELIVERED', whatsappIds: [message.whatsappId], chat: `${recipient.number}@s.whatsapp.net` },
      { kind: 'READ', whatsappIds: [message.whatsappId] },
    ]);
  });

  it('answers a receipt only after the observer has it', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const recipient = stage.simulator.createPhone();
    let release = (): void => undefined;
    member.observer.before = (call) =>
      call === 'onReceipts' ? new Promise<void>((resolve) => (release = resolve)) : undefined;
    const message = text(recipient.number);
    await member.session.send(message);
    await until(() => member.observer.calls.includes('onReceipts'), 'onReceipts');
    const acked = () =>
      stage.simulator.ledger
        .entries()
        .some((entry) => entry.tag === 'ack' && entry.direction === 'in' && entry.id === message.whatsappId);
    await member.session.findOnWhatsApp('628111222333');
    expect(acked()).toBe(false);
    release();
    await until(acked, 'the ack of the receipt');
  });
});
