import type { Clock } from '../../../kernel/clock.js';
import { newIdAfter } from '../../../kernel/ids.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { DeviceKeys, SendingDevice } from '../../device/index.js';
import { findLastWaitingId } from '../conversation/conversation.directory.js';
import { contentPlace } from '../message/message.content.js';
import { Message } from '../message/message.entity.js';
import { insertMessage } from '../message/message.insert.js';
import type { ActionKind } from '../message/message.kind.js';
import { messageCreated } from '../messaging.events.js';

export interface ActionDraft {
  readonly kind: ActionKind;
  readonly text: string | null;
  readonly until: Date | null;
  readonly target: Message;
  readonly recipient: string;
  /** Frozen here. */
  readonly content: Uint8Array;
}

/** Puts an action into the outbox, inside the caller's transaction, which holds the conversation. It costs no quota. */
export class ActionWriter {
  readonly #clock: Clock;
  readonly #keys: DeviceKeys;

  constructor(options: { readonly clock: Clock; readonly deviceKeys: DeviceKeys }) {
    this.#clock = options.clock;
    this.#keys = options.deviceKeys;
  }

  async write(tx: Transaction, device: SendingDevice, draft: ActionDraft): Promise<Message> {
    const { kind, text, until, target, recipient, content } = draft;
    const { agencyId, subaccountId, id: deviceId, shard } = device;
    const { conversationId } = target;
    const id = newIdAfter(await findLastWaitingId(tx, conversationId));
    const at = this.#clock.now();
    const action = Message.outbound(
      { agencyId, subaccountId, deviceId, shard, conversationId },
      {
        id,
        kind,
        text,
        recipient,
        at,
        charge: null,
        packagePriority: device.packagePriority,
        brandLine: null,
        expiresAt: until,
        retryOf: null,
        targetId: target.id,
        replyToId: null,
        routingRule: 'EXPLICIT',
        origin: 'PERSON',
        delivery: { priority: 'NORMAL', scheduledAt: null, retryIntervalSeconds: null, maxAttempts: null },
        dueAt: at,
      },
    );
    const key = await this.#keys.dataKeyIn(tx, deviceId);
    action.content = key.seal(content, contentPlace(id));
    if (!(await insertMessage(tx, action))) throw new Error('the WhatsApp id of a new message is taken');
    tx.append(messageCreated(action));
    return action;
  }
}
