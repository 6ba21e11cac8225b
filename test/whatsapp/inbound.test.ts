import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/index.js';
import { contentCodec } from '../../src/whatsapp/baileys/index.js';
import type { InboxEntry } from '../../src/whatsapp/index.js';
import type { MemoryAuthStore } from './support/memory-auth-store.js';
import { useStage } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

/** What a client told WhatsApp about a message: receipts of any kind, acks, refusals. */
function answers(simulator: Simulator, id: string): string[] {
  return simulator.ledger
    .entries()
    .filter((entry) => entry.direction === 'in' && entry.id === id && ['receipt', 'ack'].includes(entry.tag))
    .map((entry) => `${entry.tag} ${entry.type ?? ''}`);
}

function textOf(row: InboxEntry | undefined): string | null {
  const content = row?.content ? contentCodec.decode(row.content) : null;
  return content?.kind === 'TEXT' ? content.text : null;
}

/** A promise that stays open until it is released. */
function gate(): { readonly closed: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const closed = new Promise<void>((resolve) => (open = resolve));
  return { closed, open };
}

describe('receiving', () => {
  it('keeps who wrote what and when, under both addresses of the sender', async () => {
    const stage = await stageOf();
    const { store, observer, phone } = await stage.link();
    const sender = stage.simulator.createPhone({ name: 'Budi', verifiedName: 'Budi Motors' });
    const timestamp = Date.UTC(2026, 0, 2, 3, 4, 5);
    const { id } = await sender.sendText(phone.number, 'is it still there?', { timestamp });
    const row = await until(() => store.inbox[0], 'the row');
    expect(row).toMatchObject({
      whatsappId: id,
      chat: `${sender.number}@s.whatsapp.net`,
      participant: null,
      fromMe: false,
      envelope: {
        senderPhone: sender.number,
        senderLid: `${sender.lid}@lid`,
        pushName: 'Budi',
        verifiedName: 'Budi Motors',
        sentAt: new Date(timestamp),
        caughtUp: false,
      },
    });
    expect(textOf(row)).toBe('is it still there?');
    await until(() => observer.calls.includes('onInbox'), 'onInbox');
  });

  it('finds the number of a sender who is addressed by LID, said or not', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendText(phone.number, 'one', { addressing: 'lid' });
    await sender.sendText(phone.number, 'two', { addressing: 'lid', withoutAlias: true });
    await until(() => store.inbox.length === 2, 'both rows');
    for (const row of store.inbox) {
      expect(row).toMatchObject({ chat: `${sender.lid}@lid`, envelope: { senderPhone: sender.number } });
    }
  });

  it('finds the LID of a sender who is addressed by number alone', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendText(phone.number, 'hello', { withoutAlias: true });
    const row = await until(() => store.inbox[0], 'the row');
    expect(row.envelope).toMatchObject({ senderPhone: sender.number, senderLid: `${sender.lid}@lid` });
  });

  it('takes what the owner types on the phone as written by us, to the other side', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const customer = stage.simulator.createPhone();
    await phone.typeOnPhone(customer.number, 'from my own hand');
    const row = await until(() => store.inbox[0], 'the row');
    expect(row).toMatchObject({
      chat: `${customer.number}@s.whatsapp.net`,
      fromMe: true,
      envelope: { senderPhone: phone.number, recipientPhone: customer.number },
    });
    expect(textOf(row)).toBe('from my own hand');
  });

  it('keeps a group message with its author', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const author = stage.simulator.createPhone();
    const group = stage.simulator.createGroup('Team', [author, phone]);
    await author.sendGroupText(group.jid, 'hello all');
    const row = await until(() => store.inbox[0], 'the row');
    expect(row).toMatchObject({
      chat: group.jid,
      participant: `${author.number}@s.whatsapp.net`,
      fromMe: false,
    });
    expect(textOf(row)).toBe('hello all');
  });

  it('keeps no rows of status posts, channels, calls, keys and history, and answers for them', async () => {
    const stage = await stageOf();
    const { store, phone, session } = await stage.link();
    const sender = stage.simulator.createPhone();
    const status = await sender.sendStatus(phone.number, 'on holiday');
    const post = await sender.sendNewsletter(phone.number, '120363000000000001@newsletter', 'news');
    sender.call(phone.number).hangUp();
    await until(() => answers(stage.simulator, status.id).length > 0, 'the answer to the status post');
    await until(() => answers(stage.simulator, post.id).length > 0, 'the answer to the channel post');
    await sender.sendText(phone.number, 'last');
    await until(() => store.inbox.length > 0, 'the row');
    expect(store.inbox.map(textOf)).toEqual(['last']);
    expect(session.isOpen).toBe(true);
  });

  it('mixes nothing up when many write at once', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const senders = Array.from({ length: 4 }, () => stage.simulator.createPhone());
    const texts = Array.from({ length: 10 }, (_, index) => `message ${String(index)}`);
    await Promise.all(
      senders.flatMap((sender) =>
        texts.map((body) => sender.sendText(phone.number, `${sender.number} ${body}`)),
      ),
    );
    await until(() => store.inbox.length === 40, 'all rows');
    for (const row of store.inbox) expect(textOf(row)?.split(' ')[0]).toBe(row.envelope.senderPhone);
    expect(new Set(store.inbox.map(textOf)).size).toBe(40);
  });
});

describe('stored before acknowledged', () => {
  it('tells WhatsApp nothing while the commit hangs, and everything after it', async () => {
    const stage = await stageOf();
    const { store, phone, session } = await stage.link();
    const sender = stage.simulator.createPhone();
    const { closed, open } = gate();
    const reached = gate();
    store.beforeCommit = (commit) => {
      if (commit.inbox.length === 0) return undefined;
      reached.open();
      return closed;
    };
    const { id } = await sender.sendText(phone.number, 'patience');
    await reached.closed;
    // A later request has made its way there and back, and still there is no answer.
    await session.findOnWhatsApp('628111222333');
    expect(answers(stage.simulator, id)).toEqual([]);
    open();
    await until(() => answers(stage.simulator, id).length > 0, 'the answer');
    expect(store.inbox.map(textOf)).toContain('patience');
  });

  it('writes ratchet step and row in one commit', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const sender = stage.simulator.createPhone();
    const types: string[][] = [];
    store.beforeCommit = (commit) => {
      if (commit.inbox.length > 0) types.push(commit.keys.map((key) => key.type));
    };
    await sender.sendText(phone.number, 'together');
    await until(() => store.inbox.length === 1, 'the row');
    expect(types).toHaveLength(1);
    expect(types[0]).toContain('session');
  });

  it('stores together what comes while something is being stored, in its order, and answers it after that', async () => {
    const stage = await stageOf();
    const { store, phone, session } = await stage.link();
    // What the own phone sends after a login has a turn of its own: nothing of others is decrypted while it is being stored.
    await until(
      () => [...store.keys.keys()].some((key) => key.startsWith('app-state-sync-key:')),
      'the keys of the phone',
    );
    const senders = Array.from({ length: 4 }, () => stage.simulator.createPhone());
    for (const sender of senders) await sender.sendText(phone.number, 'hello');
    await until(() => store.inbox.length === senders.length, 'a session with each');
    store.reads.length = 0;
    const { closed, open } = gate();
    const reached = gate();
    const commits: number[] = [];
    store.beforeCommit = async ({ inbox }) => {
      if (inbox.length === 0) return;
      commits.push(inbox.length);
      reached.open();
      await closed;
    };
    const ids: string[] = [];
    for (const body of ['one', 'two', 'three']) {
      for (const sender of senders) ids.push((await sender.sendText(phone.number, body)).id);
    }
    await reached.closed;
    // A sign that they have come: somebody unknown is looked up in the store, behind them.
    const stranger = stage.simulator.createPhone();
    const asked = until(() => store.reads.includes('identity-key'), 'a look for the key of the stranger');
    ids.push((await stranger.sendText(phone.number, 'last')).id);
    await asked;
    expect(ids.flatMap((id) => answers(stage.simulator, id))).toEqual([]);
    open();
    await until(() => ids.every((id) => answers(stage.simulator, id).length > 0), 'the answers');
    expect(store.inbox.slice(senders.length).map(({ whatsappId }) => whatsappId)).toEqual(ids);
    expect(commits.length).toBeLessThanOrEqual(3);
    expect(session.isOpen).toBe(true);
  });

  it('answers a message that comes twice while it is being stored, and has it once', async () => {
    const stage = await stageOf();
    const { store, phone, session } = await stage.link();
    const sender = stage.simulator.createPhone();
    const { closed, open } = gate();
    const reached = gate();
    store.beforeCommit = async ({ inbox }) => {
      if (inbox.length === 0) return;
      reached.open();
      await closed;
    };
    stage.simulator.faults.add({ point: 'delivery', action: { kind: 'duplicate' } });
    const { id } = await sender.sendText(phone.number, 'twice');
    await reached.closed;
    await session.findOnWhatsApp('628111222333');
    expect(answers(stage.simulator, id)).toEqual([]);
    open();
    const after = await sender.sendText(phone.number, 'after it');
    await until(() => answers(stage.simulator, after.id).length > 0, 'the answer to the next message');
    expect(answers(stage.simulator, id)).toContain('receipt inactive');
    expect(answers(stage.simulator, id)).not.toContain('receipt retry');
    expect(store.inbox.map(textOf)).toEqual(['twice', 'after it']);
  });

  it('tells WhatsApp nothing when the commit fails, ends, and gets the message again', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    member.store.beforeCommit = (commit) => {
      if (commit.inbox.length > 0) throw new Error('disk full');
    };
    const { id } = await sender.sendText(member.phone.number, 'try again');
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'STORE_FAILED', action: 'BACK_OFF' });
    expect(answers(stage.simulator, id)).toEqual([]);
    member.store.beforeCommit = () => undefined;
    stage.reopen(member);
    await until(() => answers(stage.simulator, id).length > 0, 'the answer');
    expect(member.store.inbox.map(textOf)).toEqual(['try again']);
  });

  it.each([
    ['the first message of a chat', 0],
    ['a message of a running chat', 2],
  ])('recognises %s that it had stored but not acknowledged when it was killed', async (_name, earlier) => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    for (let index = 0; index < earlier; index += 1) {
      const { id } = await sender.sendText(member.phone.number, 'earlier');
      await until(() => answers(stage.simulator, id).length > 0, 'the answer to an earlier message');
      await member.session.send({
        whatsappId: `3EB0${String(index).padStart(18, '0')}`,
        to: sender.number,
        content: contentCodec.encodeText('answer'),
      });
    }
    let afterCrash: MemoryAuthStore | null = null;
    member.store.afterCommit = (commit) => {
      if (commit.inbox.length === 0) return undefined;
      afterCrash = member.store.snapshot();
      return new Promise(() => undefined);
    };
    const { id } = await sender.sendText(member.phone.number, 'only once');
    const store = await until<MemoryAuthStore>(() => afterCrash, 'the commit');
    await member.session.close();
    expect(answers(stage.simulator, id)).toEqual([]);

    const again = stage.open({ store });
    await until(() => answers(stage.simulator, id).length > 0, 'the answer');
    expect(answers(stage.simulator, id).every((answer) => answer.startsWith('receipt'))).toBe(true);
    expect(answers(stage.simulator, id).join()).not.toContain('retry');
    expect(store.inbox.filter((row) => row.whatsappId === id).map(textOf)).toEqual(['only once']);
    await sender.sendText(member.phone.number, 'and on');
    await until(() => store.inbox.some((row) => textOf(row) === 'and on'), 'the next message');
    expect(again.session.isOpen).toBe(true);
  });

  it('does not take a failed read for a missing session: it ends, and nothing is answered or overwritten', async () => {
    const stage = await stageOf();
    const first = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendText(first.phone.number, 'before');
    await until(() => first.store.inbox.length === 1, 'the row');
    await first.session.close();
    const member = stage.reopen(first);
    await member.observer.isOpened();
    await until(() => member.observer.calls.includes('onCaughtUp'), 'the catch-up');
    const sessions = [...member.store.keys].filter(([key]) => key.startsWith('session:'));
    member.store.failReads = true;
    const { id } = await sender.sendText(first.phone.number, 'meanwhile');
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'STORE_FAILED' });
    expect(answers(stage.simulator, id)).toEqual([]);
    member.store.failReads = false;
    expect([...member.store.keys].filter(([key]) => key.startsWith('session:'))).toEqual(sessions);
    stage.reopen(member);
    await until(() => member.store.inbox.some((row) => textOf(row) === 'meanwhile'), 'the message');
  });

  it('stops without a word when another process owns the device by now', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    member.store.fenced = true;
    const { id } = await sender.sendText(member.phone.number, 'whose?');
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'FENCED', action: 'STOP' });
    expect(answers(stage.simulator, id)).toEqual([]);
    expect(member.store.erasures).toBe(0);
  });
});

describe('what cannot be decrypted', () => {
  it('is kept without content first, and with it when the sender has sent it again', async () => {
    const stage = await stageOf();
    const { store, phone } = await stage.link();
    const sender = stage.simulator.createPhone();
    const seen: (string | null)[] = [];
    store.beforeCommit = (commit) => {
      for (const row of commit.inbox) seen.push(row.content === null ? null : textOf(row));
    };
    stage.simulator.faults.add({ point: 'delivery', action: { kind: 'corrupt' } });
    const { id } = await sender.sendText(phone.number, 'garbled');
    await until(() => textOf(store.inbox[0]) === 'garbled', 'the second try');
    expect(seen).toEqual([null, 'garbled']);
    expect(store.inbox).toHaveLength(1);
    expect(store.inbox[0]?.whatsappId).toBe(id);
  });
});

describe('a storm of messages that cannot be decrypted', () => {
  const STORM = 30;

  it('is shown message by message, bounded in what it says, recovered, and ends nothing', async () => {
    const stage = await stageOf();
    const { store, phone, session } = await stage.link();
    const bystander = await stage.link();
    const [culprit, other] = [stage.simulator.createPhone(), stage.simulator.createPhone()];
    const point = 'delivery' as const;
    stage.simulator.faults.add({
      point,
      match: { number: phone.number, recipient: culprit.number },
      times: STORM,
      action: { kind: 'corrupt' },
    });
    const texts = Array.from({ length: STORM }, (_, index) => `garbled ${String(index)}`);
    for (const body of texts) await culprit.sendText(phone.number, body);
    await other.sendText(phone.number, 'from somebody else');
    await other.sendText(bystander.phone.number, 'to somebody else');

    await until(
      () => bystander.store.inbox.some((row) => textOf(row) === 'to somebody else'),
      'the bystander',
    );
    const all = [...texts, 'from somebody else'];
    await until(() => all.every((body) => store.inbox.some((row) => textOf(row) === body)), 'all', 60_000);
    expect(store.inbox).toHaveLength(all.length);
    expect(session.isOpen).toBe(true);
    expect(stage.warnings.length).toBeLessThan(STORM);
    for (const { whatsappId } of store.inbox) {
      const asked = answers(stage.simulator, whatsappId).filter((answer) => answer === 'receipt retry');
      expect(asked.length).toBeLessThanOrEqual(5);
    }
  }, 120_000);
});

describe('catching up', () => {
  it('marks what WhatsApp had queued, with its own time, and says when it is through', async () => {
    const stage = await stageOf();
    const first = await stage.link();
    const sender = stage.simulator.createPhone();
    await first.session.close();
    const timestamp = Date.UTC(2026, 5, 1);
    for (let index = 0; index < 5; index += 1) {
      await sender.sendText(first.phone.number, `queued ${String(index)}`, { timestamp });
    }
    const { store, observer } = stage.reopen(first);
    let rowsAtTheEnd = -1;
    observer.before = (call) => {
      if (call === 'onCaughtUp') rowsAtTheEnd = store.inbox.length;
    };
    await until(() => rowsAtTheEnd >= 0, 'the end of the catch-up');
    expect(rowsAtTheEnd).toBe(5);
    for (const row of store.inbox) {
      expect(row.envelope).toMatchObject({ caughtUp: true, sentAt: new Date(timestamp) });
    }
  });

  it('stores together what WhatsApp had queued, in its order', async () => {
    const stage = await stageOf();
    const first = await stage.link();
    const sender = stage.simulator.createPhone();
    await first.session.close();
    const texts = Array.from({ length: 30 }, (_, index) => `queued ${String(index)}`);
    for (const body of texts) await sender.sendText(first.phone.number, body);
    let commits = 0;
    first.store.beforeCommit = async ({ inbox }) => {
      if (inbox.length === 0) return;
      commits += 1;
      // A commit takes as long as a request to WhatsApp and back.
      await reopened.session.findOnWhatsApp('628111222333');
    };
    const reopened = stage.reopen(first);
    await until(() => reopened.store.inbox.length === texts.length, 'all of them');
    expect(reopened.store.inbox.map(textOf)).toEqual(texts);
    expect(commits).toBeLessThanOrEqual(texts.length / 2);
  });

  it('asks the store a few times for the keys of many people whom it has not heard of since it began', async () => {
    const stage = await stageOf();
    const first = await stage.link();
    const senders = Array.from({ length: 12 }, () => stage.simulator.createPhone());
    await first.session.close();
    for (const sender of senders) await sender.sendText(first.phone.number, 'hello');
    const { store, observer } = stage.reopen(first);
    store.loads = 0;
    await until(() => observer.calls.includes('onCaughtUp'), 'the end of the catch-up');
    expect(store.inbox).toHaveLength(senders.length);
    expect(store.reads.filter((type) => type === 'identity-key').length).toBeGreaterThanOrEqual(
      senders.length,
    );
    expect(store.loads).toBeLessThan(senders.length);
  });

  it('is through at once after the first login: nobody waits for a history that we do not import', async () => {
    const stage = await stageOf();
    const startedAt = performance.now();
    const { observer, store } = await stage.link();
    await until(() => observer.calls.includes('onCaughtUp'), 'the end of the catch-up');
    await until(
      () => [...store.keys.keys()].some((key) => key.startsWith('app-state-sync-key:')),
      'the keys',
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(store.inbox).toEqual([]);
  });
});
