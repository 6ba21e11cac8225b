import type { BinaryNode } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { InboundStanzas } from '../../src/whatsapp/baileys/inbound-stanzas.js';

const stanzas = new InboundStanzas({
  me: () => ({ id: '6281:3@s.whatsapp.net', lid: '77:3@lid' }),
  identity: () => null,
  findPhone: () => Promise.resolve(null),
  onStored: () => undefined,
  onSettled: () => undefined,
});

function message(attrs: Record<string, string>, content: BinaryNode[]): BinaryNode {
  return {
    tag: 'message',
    attrs: { id: 'A1', t: '1700000000', from: '628123@s.whatsapp.net', ...attrs },
    content,
  };
}

const withheld: BinaryNode = { tag: 'unavailable', attrs: { type: 'view_once' } };
const sealed = (): BinaryNode => ({ tag: 'enc', attrs: { type: 'msg' }, content: Buffer.of(1) });

describe('a stanza without anything to decrypt', () => {
  it('is a row without content when WhatsApp withholds a message of a person', async () => {
    expect(stanzas.register(message({}, [withheld]))).toBeNull();
    expect(await stanzas.withheldRow(message({ notify: 'Ayu' }, [withheld]))).toMatchObject({
      whatsappId: 'A1',
      chat: '628123@s.whatsapp.net',
      content: null,
      envelope: { pushName: 'Ayu', senderPhone: '628123', sentAt: new Date(1_700_000_000_000) },
    });
  });

  it.each<[string, BinaryNode]>([
    [
      'a channel',
      message({ from: '120363@newsletter' }, [{ tag: 'plaintext', attrs: {}, content: Buffer.of(1) }]),
    ],
    [
      'a status post',
      message({ from: 'status@broadcast', participant: '628123@s.whatsapp.net' }, [withheld]),
    ],
    ['somebody who names it by what no text can hold', message({ id: 'A\0' }, [withheld])],
    ['another device of ours', message({ from: '6281@s.whatsapp.net', category: 'peer' }, [withheld])],
    ['nobody', message({ from: '' }, [withheld])],
    ['somebody who wrote something to decrypt', message({}, [sealed()])],
  ])('is no row when it comes from %s', async (_name, node) => {
    expect(await stanzas.withheldRow(node)).toBeNull();
  });
});

describe('a stanza in two parts', () => {
  it('is one row with the content of both, at the last', async () => {
    const [key, body] = [sealed(), sealed()];
    stanzas.register(message({ from: '120363@g.us', participant: '628123@s.whatsapp.net' }, [key, body]));
    const parts = [key, body].map(({ content }) => stanzas.partOf(content as Buffer));
    expect(parts.map((part) => part?.isLast)).toEqual([false, true]);
    const [first, last] = parts;
    if (first === undefined || last === undefined) throw new Error('both parts are known');
    expect(await stanzas.rowsOf(first, Buffer.alloc(0), 'x')).toEqual([]);
    const rows = await stanzas.rowsOf(last, Buffer.from([0x0a, 0x02, 0x68, 0x69]), 'x');
    expect(rows).toMatchObject([{ chat: '120363@g.us', participant: '628123@s.whatsapp.net' }]);
  });
});
