import { jidDecode, jidEncode, type BinaryNode } from '@whiskeysockets/baileys';
import { PreKeyWhisperMessage } from 'libsignal/src/protobufs.js';
import { lidOf, phoneOf } from '../addresses.js';
import type { KeyName } from '../ports.js';
import { encryptedParts } from './inbound-stanzas.js';
import type { KeyStore } from './key-store.js';

/** Messages whose keys are read together. */
const AT_ONCE = 16;

/**
 * Has the store read together what the library asks for one by one when it decrypts: who writes for the first time since the session began would cost it
 * half a dozen statements, one after another, while the messages behind wait. It is a guess: what is read in vain does no harm, what is missing is read later.
 */
export class KeysAhead {
  readonly #keys: KeyStore;
  readonly #toAddress: (jid: string) => string;
  readonly #coming = new Set<BinaryNode>();
  readonly #asked = new WeakSet<BinaryNode>();

  /** `toAddress`: the name under which the library keeps the session with a device. */
  constructor(keys: KeyStore, toAddress: (jid: string) => string) {
    this.#keys = keys;
    this.#toAddress = toAddress;
  }

  /** A message has come and waits for its turn. */
  arrived(node: BinaryNode): void {
    this.#coming.add(node);
  }

  /** Its turn has come: it is decrypted next. */
  reached(node: BinaryNode): void {
    this.#coming.delete(node);
    if (this.#asked.has(node)) return;
    const next = [node, ...this.#coming].slice(0, AT_ONCE);
    for (const each of next) this.#asked.add(each);
    this.#keys.prefetch(next.flatMap((each) => this.#keysOf(each)));
  }

  #keysOf(node: BinaryNode): KeyName[] {
    try {
      const { attrs, content } = node;
      const author = attrs.participant ?? attrs.from ?? '';
      const { lid, phone } = peopleOf(attrs, author);
      const device = jidDecode(author)?.device;
      const address = this.#toAddress(lid === null ? author : jidEncode(lid, 'lid', device));
      return [
        ...(phone === null ? [] : [nameOf('lid-mapping', phone), nameOf('device-list', phone)]),
        ...(lid === null ? [] : [nameOf('lid-mapping', `${lid}_reverse`)]),
        ...encryptedParts(content).flatMap(({ attrs: { type }, content: sealed }) => {
          if (type === 'skmsg')
            return [nameOf('sender-key', senderKeyId(attrs.from, this.#toAddress(author)))];
          const session = nameOf('session', address);
          if (type !== 'pkmsg') return [session];
          // Of a first message the library also keeps who wrote it, and uses up the key that it was made with.
          return [session, nameOf('identity-key', address), preKeyOf(sealed)];
        }),
      ];
    } catch {
      // A stanza that nobody should have made; the library says so when it gets it.
      return [];
    }
  }
}

/** Both names of the author without server, as far as the stanza tells them. */
function peopleOf(attrs: BinaryNode['attrs'], author: string): { lid: string | null; phone: string | null } {
  const said = [author, attrs.participant_lid, attrs.sender_lid, attrs.participant_pn, attrs.sender_pn];
  const lid = said.map(lidOf).find((value) => value !== null) ?? null;
  const phone = said.map(phoneOf).find((value) => value !== null) ?? null;
  return { lid: jidDecode(lid ?? undefined)?.user ?? null, phone };
}

/** Who was given none of our one-time keys names none, which the library takes for the key 0. */
function preKeyOf(sealed: Uint8Array): KeyName {
  // After the byte of the version.
  return nameOf('pre-key', String(PreKeyWhisperMessage.decode(sealed.subarray(1)).preKeyId ?? 0));
}

/** As the library writes it: the device's part of an address stands behind a dot there. */
function senderKeyId(group: string | undefined, address: string): string {
  return `${group ?? ''}::${address.replace('.', '::')}`;
}

function nameOf(type: string, id: string): KeyName {
  return { type, id };
}
