import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { FileServer } from '../support/file-server.js';
import { MovableClock } from '../support/movable-clock.js';
import { cursorOf, seed } from '../support/seed.js';
import type { ApiMessage, SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

interface Shown {
  readonly text: string | null;
  readonly editedAt: string | null;
  readonly deletedAt: string | null;
  readonly reactions: readonly { emoji: string; direction: string }[];
  readonly replyTo: { id: string | null; text: string | null; message: { id: string } | null } | null;
}

const SHOWN = `text editedAt deletedAt reactions { emoji direction } replyTo { id text message { id } }`;

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const clock = new MovableClock();
let web: FileServer;
let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  web = await FileServer.start({ photo: { type: 'image/png', data: png } });
  server = await startTestServer({ clock, env: { OUTBOUND_ALLOW: '127.0.0.1/32' } });
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone({ name: 'Ayu' });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await web[Symbol.asyncDispose]();
});

async function show(id: string): Promise<Shown> {
  const query = `query ($id: ID!) { message(id: $id) { ${SHOWN} } }`;
  return (await device.api.ask<{ message: Shown }>(query, { id })).message;
}

/** A text of ours that the customer has. */
async function sent(text: string): Promise<ApiMessage> {
  const message = await device.send({ to: customer.number, text });
  await customer.waitForMessage((each) => each.id === message.whatsappId);
  return device.messageThat(
    ({ id, status }) => id === message.id && status !== 'PENDING' && status !== 'SENDING',
  );
}

/** A text of the customer's that we have. */
async function received(text: string): Promise<ApiMessage> {
  const { id } = await customer.sendText(device.phone.number, text);
  return device.messageThat(({ whatsappId }) => whatsappId === id);
}

interface Action {
  readonly id: string;
  readonly whatsappId: string;
}
async function act(mutation: string, input: Readonly<Record<string, unknown>>): Promise<Action> {
  return (await device.api.mutate<{ action: Action }>(mutation, input, 'action { id whatsappId }')).action;
}

const refusalOf = (mutation: string, input: Readonly<Record<string, unknown>>) =>
  device.api.mutationRefusal(mutation, input);

describe('a reaction', () => {
  it('is seen on the phone, replaced by the next one, and taken back', async () => {
    const question = await received('is it there?');
    await act('reactToMessage', { messageId: question.id, emoji: '👍' });
    const own = () => customer.shownOwn(question.whatsappId ?? '').reactions;
    await eventually(own).toEqual([{ from: device.phone.number, emoji: '👍' }]);
    await act('reactToMessage', { messageId: question.id, emoji: '❤' });
    await eventually(own).toEqual([{ from: device.phone.number, emoji: '❤' }]);
    expect((await show(question.id)).reactions).toEqual([{ emoji: '❤', direction: 'OUTBOUND' }]);
    await act('reactToMessage', { messageId: question.id, emoji: null });
    await eventually(own).toEqual([]);
    expect((await show(question.id)).reactions).toEqual([]);
  });

  it('of the customer shows beside ours at a message that we sent', async () => {
    const offer = await sent('ten percent off');
    await act('reactToMessage', { messageId: offer.id, emoji: '🎉' });
    await customer.sendReaction(device.phone.number, { id: offer.whatsappId ?? '' }, '😮');
    await eventually(async () => (await show(offer.id)).reactions).toEqual(
      expect.arrayContaining([
        { emoji: '🎉', direction: 'OUTBOUND' },
        { emoji: '😮', direction: 'INBOUND' },
      ]) as unknown,
    );
    await eventually(() => customer.shown(offer.whatsappId ?? '')?.reactions).toEqual([
      { from: device.phone.number, emoji: '🎉' },
    ]);
    await customer.sendReaction(device.phone.number, { id: offer.whatsappId ?? '' }, '');
    await eventually(async () => (await show(offer.id)).reactions).toEqual([
      { emoji: '🎉', direction: 'OUTBOUND' },
    ]);
  });

  it('is told to those who follow its target', async () => {
    const offer = await sent('look here');
    const news = device.api.follow<{ nodeId: string }>(
      'events',
      `subscription ($id: ID!, $after: EventCursor) {
        events(subaccountId: $id, after: $after, topics: [MESSAGE_UPDATED]) { ... on ObjectChanged { nodeId } } }`,
      { id: device.subaccount.id, after: await cursorOf(device.subaccount) },
    );
    await customer.sendReaction(device.phone.number, { id: offer.whatsappId ?? '' }, '😮');
    await news.first(({ nodeId }) => nodeId === offer.id);
    news.stop();
  });

  it('has to be one emoji', async () => {
    const question = await received('really?');
    for (const emoji of ['', 'ok', '👍👍', ' ']) {
      expect(await refusalOf('reactToMessage', { messageId: question.id, emoji })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: ['input.emoji'],
      });
    }
  });
});

describe('an edit', () => {
  it('changes the text on the phone, and here once WhatsApp has it', async () => {
    const message = await sent('see you at 5');
    const edit = await act('editMessage', { messageId: message.id, text: 'see you at 6' });
    await eventually(() => customer.shown(message.whatsappId ?? '')).toMatchObject({
      text: 'see you at 6',
      edited: true,
    });
    await eventually(() => show(message.id)).toMatchObject({
      text: 'see you at 6',
      editedAt: expect.any(String) as unknown,
    });
    expect(server.simulator.ledger.sent({ to: customer.number })).toContainEqual(
      expect.objectContaining({ id: edit.whatsappId, edit: '1' }),
    );
  });

  it('that is not acknowledged is repeated as the same message under the same id', async () => {
    const message = await sent('a typo is hree');
    server.simulator.faults.add({
      point: 'ack',
      match: { number: device.phone.number },
      action: { kind: 'close' },
    });
    const edit = await act('editMessage', { messageId: message.id, text: 'a typo was here' });
    await device.messageBecomes(edit.id, 'READ');
    expect(await show(message.id)).toMatchObject({ text: 'a typo was here' });
    const copies = customer.inbox.filter(({ id }) => id === edit.whatsappId);
    expect(copies).toHaveLength(1);
    expect(server.simulator.ledger.reusedKeys()).toEqual([]);
  });

  it('is refused for what the customer wrote, and for what is no text', async () => {
    const theirs = await received('their words');
    expect(await refusalOf('editMessage', { messageId: theirs.id, text: 'x' })).toMatchObject({
      code: 'INVALID_STATE',
      reason: 'MESSAGE_NOT_OURS',
    });
    const reaction = await act('reactToMessage', { messageId: theirs.id, emoji: '👍' });
    await device.messageBecomes(reaction.id, 'READ');
    expect(await refusalOf('editMessage', { messageId: reaction.id, text: 'x' })).toMatchObject({
      reason: 'MESSAGE_KIND_UNSUITABLE',
    });
  });

  it('does not show among the messages of the conversation', async () => {
    const message = await sent('before');
    const edit = await act('editMessage', { messageId: message.id, text: 'after' });
    await device.messageBecomes(edit.id, 'READ');
    expect((await device.messages()).map(({ id }) => id)).not.toContain(edit.id);
    expect(await device.message(edit.id)).toMatchObject({ kind: 'EDIT', targetId: message.id });
  });
});

describe('a deletion for everybody', () => {
  it('takes the text away on the phone and here, with all that it was changed to', async () => {
    const message = await sent('my secret is Rosebud');
    const edit = await act('editMessage', { messageId: message.id, text: 'my secret is Sled' });
    await device.messageBecomes(edit.id, 'READ');
    const deletion = await act('deleteMessage', { messageId: message.id });
    await eventually(() => customer.shown(message.whatsappId ?? '')).toMatchObject({
      text: '',
      deleted: true,
    });
    await eventually(() => show(message.id)).toMatchObject({
      text: null,
      deletedAt: expect.any(String) as unknown,
    });
    expect((await device.message(edit.id)).text).toBeNull();
    expect(server.simulator.ledger.sent({ to: customer.number })).toContainEqual(
      expect.objectContaining({ id: deletion.whatsappId, edit: '7' }),
    );
    for (const [mutation, rest] of [
      ['deleteMessage', {}],
      ['editMessage', { text: 'x' }],
      ['reactToMessage', { emoji: '👍' }],
    ] as const) {
      expect(await refusalOf(mutation, { messageId: message.id, ...rest })).toMatchObject({
        reason: 'MESSAGE_DELETED',
      });
    }
  });

  it('takes the file away, also for who has the link', async () => {
    const url = web.url('photo');
    const message = await device.send({ to: customer.number, text: 'caption', media: { url } });
    await device.messageBecomes(message.id, 'READ');
    const link = (await device.message(message.id)).media?.url ?? '';
    expect((await fetch(link)).status).toBe(200);
    await act('deleteMessage', { messageId: message.id });
    await eventually(async () => (await fetch(link)).status).toBe(404);
    await eventually(async () => (await device.message(message.id)).media).toBeNull();
  });

  it('is refused while the message still waits', async () => {
    const at = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const waiting = await device.send({ to: customer.number, text: 'later', scheduledAt: at });
    expect(await refusalOf('deleteMessage', { messageId: waiting.id })).toMatchObject({
      code: 'INVALID_STATE',
      reason: 'MESSAGE_NOT_SENT',
    });
  });
});

describe('an answer', () => {
  it('shows what it answers on the phone and here', async () => {
    const question = await received('how much is it?');
    const answer = await device.send({ to: customer.number, text: '10', replyToId: question.id });
    await eventually(() => customer.shown(answer.whatsappId ?? '')?.quote).toEqual({
      id: question.whatsappId,
      text: 'how much is it?',
      author: `${customer.number}@s.whatsapp.net`,
    });
    expect((await show(answer.id)).replyTo).toEqual({
      id: question.id,
      text: 'how much is it?',
      message: { id: question.id },
    });
  });

  it('of the customer names what it answers', async () => {
    const offer = await sent('or 12?');
    const quoted = { id: offer.whatsappId ?? '', text: 'or 12?' };
    const { id } = await customer.sendReply(device.phone.number, quoted, 'no, 8');
    const answer = await device.messageThat(({ whatsappId }) => whatsappId === id);
    expect((await show(answer.id)).replyTo).toMatchObject({ id: offer.id, text: 'or 12?' });
  });

  it('to something that is not here shows the text that it repeats', async () => {
    const quoted = { id: '3EB0FROMLONGAGO', text: 'an old offer' };
    const { id } = await customer.sendReply(device.phone.number, quoted, 'does it still stand?');
    const answer = await device.messageThat(({ whatsappId }) => whatsappId === id);
    expect((await show(answer.id)).replyTo).toEqual({ id: null, text: 'an old offer', message: null });
  });

  it('does not repeat what was deleted since', async () => {
    const question = await received('forget this');
    const answer = await device.send({ to: customer.number, text: 'this?', replyToId: question.id });
    await customer.sendDeletion(device.phone.number, question.whatsappId ?? '');
    await eventually(async () => (await show(answer.id)).replyTo).toMatchObject({
      id: question.id,
      text: null,
    });
  });

  it('with a file answers as well', async () => {
    const url = web.url('photo');
    const question = await received('where is it?');
    const answer = await device.send({ to: customer.number, media: { url }, replyToId: question.id });
    await eventually(() => customer.shown(answer.whatsappId ?? '')?.quote).toMatchObject({
      id: question.whatsappId,
    });
  });

  it('is refused in another conversation', async () => {
    const question = await received('to me only');
    const stranger = server.simulator.createPhone();
    const input = { deviceId: device.id, to: stranger.number, text: 'x', replyToId: question.id };
    expect(await refusalOf('sendMessage', input)).toMatchObject({ fields: ['input.replyToId'] });
  });
});

describe('the windows of WhatsApp', () => {
  it('close: for an edit after 15 minutes, for a deletion after 60 hours', async () => {
    const message = await sent('set in stone');
    clock.advance(15 * 60_000);
    expect(await refusalOf('editMessage', { messageId: message.id, text: 'x' })).toMatchObject({
      code: 'INVALID_STATE',
      reason: 'EDIT_WINDOW_CLOSED',
    });
    clock.advance(60 * 3_600_000);
    expect(await refusalOf('deleteMessage', { messageId: message.id })).toMatchObject({
      reason: 'DELETION_WINDOW_CLOSED',
    });
  });
});
