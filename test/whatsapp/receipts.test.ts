import { describe, expect, it } from 'vitest';
import { readElsewhere, readReceipt } from '../../src/whatsapp/baileys/receipts.js';

const OWN = {
  phoneNumber: '6281200000001',
  lid: '123@lid',
  platform: 'android',
  business: false,
  name: null,
};
const NOW = new Date('2026-01-01T00:00:00Z');
const PHONE = '6281200000001@s.whatsapp.net';
const PEER = '6281200000002@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';

const receipt = (attrs: Record<string, string>) => ({
  tag: 'receipt',
  attrs: { id: 'A', t: '1700000000', ...attrs },
  content: [{ tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'B' } }] }],
});
const told = { whatsappIds: ['A', 'B'], at: new Date(1_700_000_000_000) };

describe('a receipt of the own account', () => {
  it.each([
    ['under its number', { from: PHONE, recipient: PEER, type: 'read' }, PEER],
    ['under its LID', { from: '123@lid', recipient: '456@lid', type: 'read' }, '456@lid'],
    [
      'of another linked device',
      { from: '6281200000001:7@s.whatsapp.net', recipient: PEER, type: 'read' },
      PEER,
    ],
    ['that its privacy keeps from others', { from: PHONE, recipient: PEER, type: 'read-self' }, PEER],
    ['in a group', { from: GROUP, participant: PHONE, type: 'read-self' }, GROUP],
  ])('says what was read elsewhere: %s', (_, attrs, chat) => {
    expect(readElsewhere(receipt(attrs), OWN, NOW)).toEqual({ ...told, chat });
    expect(readReceipt(receipt(attrs), OWN, NOW)).toBeNull();
  });

  it.each([
    ['a delivery', { from: PHONE, recipient: PEER }],
    ['the reading of a customer', { from: PEER, type: 'read' }],
    ['that of somebody in a group', { from: GROUP, participant: PEER, type: 'read' }],
    ['a chat that is not named', { from: PHONE, type: 'read' }],
  ])('says nothing of the kind by %s', (_, attrs) => {
    expect(readElsewhere(receipt(attrs), OWN, NOW)).toBeNull();
  });
});
