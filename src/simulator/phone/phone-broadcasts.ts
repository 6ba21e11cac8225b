import { proto } from '@whiskeysockets/baileys';
import { stanzaId } from '../network.js';
import type { Account } from '../state/account.js';
import { pad } from '../signal/padding.js';
import { lidAddress } from '../wire/address.js';
import { node, unixSeconds } from '../wire/node.js';
import type { PhoneCore } from './phone-core.js';
import type { PhoneSender } from './phone-sender.js';

export interface IncomingCall {
  readonly id: string;
  readonly hangUp: () => void;
}

export async function sendStatusPost(
  core: PhoneCore,
  sender: PhoneSender,
  toNumber: string,
  content: proto.IMessage,
): Promise<{ id: string }> {
  const { account } = core;
  const id = `3A${stanzaId()}`;
  const attrs = {
    id,
    from: 'status@broadcast',
    participant: account.address('pn'),
    participant_lid: account.address('lid'),
    t: unixSeconds(),
    type: 'text',
    notify: account.profile.name,
  };
  await sender.sendAs(accountAt(core, toNumber).devices, { content, attrs });
  return { id };
}

/** To all other members: the sender key for each device, and one cipher text for everybody. */
export async function sendGroupMessage(
  core: PhoneCore,
  sender: PhoneSender,
  groupJid: string,
  content: proto.IMessage,
): Promise<{ id: string }> {
  const { account, network, senderKeys } = core;
  const group = network.groups.find((each) => each.jid === groupJid);
  if (!group?.has(account)) throw new Error('the phone is in no such group');
  const id = `3A${stanzaId()}`;
  const axolotlSenderKeyDistributionMessage = await senderKeys.distribution(groupJid);
  const padded = pad(proto.Message.encode(content).finish(), 8);
  const ciphertext = await senderKeys.encrypt(groupJid, padded);
  const distribution = { groupId: groupJid, axolotlSenderKeyDistributionMessage };
  const attrs = {
    id,
    from: groupJid,
    participant: account.address('pn'),
    participant_lid: account.address('lid'),
    addressing_mode: 'pn',
    t: unixSeconds(),
    type: 'text',
    notify: account.profile.name,
  };
  const extra = [node('enc', { v: '2', type: 'skmsg' }, ciphertext)];
  const devices = group.members.flatMap((member) => member.devices);
  await sender.sendAs(devices, { content: { senderKeyDistributionMessage: distribution }, attrs, extra });
  return { id };
}

export function sendNewsletterPost(
  core: PhoneCore,
  toNumber: string,
  newsletterJid: string,
  content: proto.IMessage,
): { id: string } {
  const id = `3A${stanzaId()}`;
  const plaintext = node('plaintext', {}, proto.Message.encode(content).finish());
  for (const device of accountAt(core, toNumber).devices) {
    const attrs = { id, from: newsletterJid, server_id: '100', t: unixSeconds(), type: 'text' };
    core.office.deliver(device, node('message', attrs, [plaintext]));
  }
  return { id };
}

export function sendCall(core: PhoneCore, toNumber: string, video: boolean): IncomingCall {
  const { account, office } = core;
  const recipient = accountAt(core, toNumber);
  const callId = stanzaId();
  const creator = {
    'call-id': callId,
    'call-creator': lidAddress(account.lid),
    caller_pn: account.address('pn'),
  };
  const announce = (tag: string, children: ReturnType<typeof node>[]): void => {
    for (const device of recipient.devices) {
      const attrs = { id: stanzaId(), from: lidAddress(account.lid), t: unixSeconds() };
      office.deliver(device, node('call', attrs, [node(tag, creator, children)]));
    }
  };
  announce('offer', video ? [node('audio'), node('video')] : [node('audio')]);
  return {
    id: callId,
    hangUp: () => {
      announce('terminate', []);
    },
  };
}

function accountAt(core: PhoneCore, number: string): Account {
  const account = core.network.directory.byNumber(number);
  if (!account) throw new Error('the recipient has no account here');
  return account;
}
