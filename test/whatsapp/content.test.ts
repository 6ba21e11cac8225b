import { proto } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { contentCodec } from '../../src/whatsapp/baileys/index.js';
import { placeholderRows } from '../../src/whatsapp/baileys/placeholder-response.js';
import {
  chatAddressOf,
  chatKindOf,
  lidOf,
  phoneOf,
  toAddress,
  type ChatKind,
  type InboundContent,
} from '../../src/whatsapp/index.js';

type Message = proto.IMessage;
const text = (value: string): Message => ({ extendedTextMessage: { text: value } });
const hi: InboundContent = { kind: 'TEXT', text: 'hi' };
const { Type } = proto.Message.ProtocolMessage;
const image = { caption: 'red', mimetype: 'image/png', fileLength: 12, fileSha256: Buffer.alloc(32, 1) };
const redImage: InboundContent = {
  kind: 'IMAGE',
  caption: 'red',
  mimeType: 'image/png',
  fileName: null,
  sizeBytes: 12,
  sha256: '01'.repeat(32),
};

describe('what a message means', () => {
  it.each<[string, Message, InboundContent]>([
    ['a short text', { conversation: 'hi' }, hi],
    ['a text', text('hi'), hi],
    ['a disappearing one', { ephemeralMessage: { message: text('hi') } }, hi],
    ['one of our phone', { deviceSentMessage: { destinationJid: 'x', message: text('hi') } }, hi],
    [
      'a disappearing one of our phone',
      { deviceSentMessage: { message: { ephemeralMessage: { message: text('hi') } } } },
      hi,
    ],
    ['an image', { imageMessage: image }, redImage],
    ['one to be seen once', { viewOnceMessageV2: { message: { imageMessage: image } } }, redImage],
    [
      'a captioned document',
      {
        documentWithCaptionMessage: {
          message: { documentMessage: { caption: 'offer', fileName: 'o.pdf', mimetype: 'application/pdf' } },
        },
      },
      {
        kind: 'DOCUMENT',
        caption: 'offer',
        fileName: 'o.pdf',
        mimeType: 'application/pdf',
        sizeBytes: null,
        sha256: null,
      },
    ],
    [
      'a place',
      { locationMessage: { degreesLatitude: -6.2, degreesLongitude: 106.8, name: 'Jakarta' } },
      { kind: 'LOCATION', text: 'Jakarta', latitude: -6.2, longitude: 106.8 },
    ],
    ['a person', { contactMessage: { displayName: 'Ayu', vcard: 'V' } }, { kind: 'CONTACT', text: 'Ayu\nV' }],
    [
      'a reaction',
      { reactionMessage: { key: { id: 'A1' }, text: '👍' } },
      { kind: 'REACTION', text: '👍', targetWhatsappId: 'A1' },
    ],
    [
      'a reaction taken back',
      { reactionMessage: { key: { id: 'A1' }, text: '' } },
      { kind: 'REACTION', text: '', targetWhatsappId: 'A1' },
    ],
    [
      'a poll',
      { pollCreationMessageV3: { name: 'When?', options: [{ optionName: 'now' }, { optionName: 'later' }] } },
      { kind: 'POLL', text: 'When?\n- now\n- later' },
    ],
    [
      'an edit',
      { protocolMessage: { type: Type.MESSAGE_EDIT, key: { id: 'A1' }, editedMessage: text('hi') } },
      { kind: 'EDIT', targetWhatsappId: 'A1', text: 'hi' },
    ],
    [
      'an edit in its envelope',
      {
        editedMessage: {
          message: {
            protocolMessage: {
              type: Type.MESSAGE_EDIT,
              key: { id: 'A1' },
              editedMessage: { conversation: 'hi' },
            },
          },
        },
      },
      { kind: 'EDIT', targetWhatsappId: 'A1', text: 'hi' },
    ],
    [
      'a deletion',
      { protocolMessage: { type: Type.REVOKE, key: { id: 'A1' } } },
      { kind: 'REVOKE', targetWhatsappId: 'A1' },
    ],
    ['a key share', { protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE } }, { kind: 'INTERNAL' }],
    ['a sender key alone', { senderKeyDistributionMessage: { groupId: 'x@g.us' } }, { kind: 'INTERNAL' }],
    ['the choice of a button', { buttonsResponseMessage: { selectedDisplayText: 'hi' } }, hi],
    ['an order', { orderMessage: { orderId: '1' } }, { kind: 'UNSUPPORTED', description: 'orderMessage' }],
  ])('%s', (_name, message, expected) => {
    expect(contentCodec.decode(proto.Message.encode(message).finish())).toEqual(expected);
  });

  it('is null for bytes that are no message', () => {
    expect(contentCodec.decode(new Uint8Array([0xff, 0xff]))).toBeNull();
  });

  it('does not follow envelopes for ever', () => {
    let message = text('hi');
    for (let depth = 0; depth < 50; depth += 1) message = { ephemeralMessage: { message } };
    expect(contentCodec.decode(proto.Message.encode(message).finish())?.kind).toBe('UNSUPPORTED');
  });

  it('freezes a text to the same bytes every time', () => {
    expect(contentCodec.encodeText('hi')).toEqual(contentCodec.encodeText('hi'));
    expect(contentCodec.decode(contentCodec.encodeText('hi'))).toEqual(hi);
  });
});

describe('addresses', () => {
  const own = { phoneNumber: '6281', lid: '77@lid' };

  it.each<[string, ChatKind]>([
    ['628123@s.whatsapp.net', 'DIRECT'],
    ['628123:4@hosted', 'DIRECT'],
    ['555@lid', 'DIRECT'],
    ['6281@s.whatsapp.net', 'SELF'],
    ['77:2@lid', 'SELF'],
    ['120363@g.us', 'GROUP'],
    ['120363@newsletter', 'NEWSLETTER'],
    ['status@broadcast', 'STATUS'],
    ['1690000000@broadcast', 'BROADCAST'],
    ['0@s.whatsapp.net', 'OTHER'],
    ['nobody', 'OTHER'],
  ])('%s is %s', (address, kind) => {
    expect(chatKindOf(address, own)).toBe(kind);
  });

  it('have no device in a chat', () => {
    expect(chatAddressOf('628123:4@s.whatsapp.net')).toBe('628123@s.whatsapp.net');
    expect(chatAddressOf('628123:4@hosted')).toBe('628123@s.whatsapp.net');
    expect(chatAddressOf('555:4@lid')).toBe('555@lid');
    expect(chatAddressOf('120363@g.us')).toBe('120363@g.us');
    expect(toAddress('628123')).toBe('628123@s.whatsapp.net');
    expect([phoneOf('555@lid'), lidOf('628123@s.whatsapp.net'), phoneOf(null), lidOf(undefined)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('a message that WhatsApp withholds', () => {
  it('is taken from the answer of the phone', () => {
    const info = {
      key: { remoteJid: '628123@s.whatsapp.net', id: 'A1', fromMe: false },
      message: text('from an advertisement'),
      messageTimestamp: 1_700_000_000,
      pushName: 'Ayu',
    };
    const webMessageInfoBytes = proto.WebMessageInfo.encode(info).finish();
    const answer: Message = {
      protocolMessage: {
        type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationResult: [{ placeholderMessageResendResponse: { webMessageInfoBytes } }, {}],
        },
      },
    };
    const rows = placeholderRows(proto.Message.encode(answer).finish());
    expect(rows).toMatchObject([
      {
        whatsappId: 'A1',
        chat: '628123@s.whatsapp.net',
        fromMe: false,
        envelope: { pushName: 'Ayu', senderPhone: '628123' },
      },
    ]);
    expect(rows[0]?.envelope.sentAt).toEqual(new Date(1_700_000_000_000));
    expect(contentCodec.decode(rows[0]?.content ?? new Uint8Array())).toEqual({
      kind: 'TEXT',
      text: 'from an advertisement',
    });
  });

  it('is nothing in any other message', () => {
    expect(placeholderRows(contentCodec.encodeText('hi'))).toEqual([]);
  });
});
