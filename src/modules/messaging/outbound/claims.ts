import { LockMode } from '@mikro-orm/core';
import { bothDone } from '../../../kernel/both-done.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { holdNewChats, holdSends } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { Message } from '../message/message.entity.js';
import { messageStatusChanged } from '../messaging.events.js';
import { MessageAttempt } from './attempt.entity.js';
import type { ClaimedMessage } from './claimed-message.js';
import { findDue } from './due-message.js';
import type { DueMessage } from './due-message.js';
import { expire } from './expiry.js';
import { claimFirst, claimNext } from './outbox.statements.js';
import type { Claimer } from './outbox.statements.js';
import type { Hold, Strangers } from './pacing/pace.js';
import type { Pacer } from './pacing/pacer.js';
import { isSuspect } from './suspicion.js';
import { endUnwanted } from './unwanted-messages.js';

/** When a drain looks again at a message whose try was never settled: longer than any try takes. */
const CLAIM_MS = 180_000;
/** So many scheduled messages are made PENDING at once when the first of them has fallen due. */
const FALLEN_DUE_AT_ONCE = 100;

/** `messages`: at least one, each to somebody else. */
export type Claim = { readonly messages: readonly ClaimedMessage[] } | Hold | 'ENDED' | 'SUSPECT' | null;

/** Something holds the device back that did not when it was asked before. What was claimed meanwhile must be taken back; the rules are known now. */
export class RulesChangedError extends Error {
  constructor() {
    super('the rules of a device have changed');
  }
}

/** Chooses what leaves a device next and takes it, inside the caller's transaction. */
export class Claims {
  readonly #clock: Clock;
  readonly #node: string;
  readonly #pacer: Pacer;

  constructor(options: { readonly clock: Clock; readonly node: string; readonly pacer: Pacer }) {
    this.#clock = options.clock;
    this.#node = options.node;
    this.#pacer = options.pacer;
  }

  /** `atMost`: several are taken only while nothing has to be asked about any of them. Throws RulesChangedError. */
  async next(
    tx: Transaction,
    live: LiveSession,
    { turns, alone, atMost }: { turns: readonly number[]; alone: boolean; atMost: number },
  ): Promise<Claim> {
    const now = this.#clock.now();
    const lookAgainAt = new Date(now.getTime() + CLAIM_MS);
    const by = { epoch: live.epoch, node: this.#node, at: now, lookAgainAt };
    const free = alone ? [] : await this.#nextFree(tx, live, by, { turns, atMost });
    if (free.length > 0) return taken(tx, free);
    const due = await this.#findNext(tx, live, now, turns);
    if (due === null || 'until' in due) return due;
    const usual = alone ? null : await claimFirst(tx, due, by);
    if (usual !== null) return taken(tx, [usual]);
    const message = await tx.em.findOneOrFail(Message, { id: due.id }, { populate: ['content'] });
    if (message.isExpired(now)) {
      await expire(tx, [message]);
      return 'ENDED';
    }
    if (await endUnwanted(tx, message)) return 'ENDED';
    if (!alone && (await this.#isSuspect(tx, message))) return 'SUSPECT';
    if (message.status === 'SCHEDULED') fallDue(tx, message);
    const previous = message.status;
    const attempt = message.claim(live.epoch, lookAgainAt);
    this.#begin(tx, live, message, { number: attempt, startedAt: now, alone });
    tx.append(messageStatusChanged(message, previous));
    return { messages: [{ message, attempt, stranger: due.stranger, firstContact: due.firstContact }] };
  }

  /** The next ones, while nothing holds the device back. That is mostly as it was: the rules are read beside the claim then. Throws RulesChangedError. */
  async #nextFree(
    tx: Transaction,
    live: LiveSession,
    by: Claimer,
    { turns, atMost }: { readonly turns: readonly number[]; readonly atMost: number },
  ): Promise<readonly ClaimedMessage[]> {
    const claim = (): Promise<readonly ClaimedMessage[]> => claimNext(tx, live.device.id, by, atMost);
    const asked = this.#pacer.isFree(tx, live, by.at);
    if (turns.length > 0 || !this.#pacer.wasFree(live)) {
      return (await asked) && !(await isTurn(tx, live, by.at, turns)) ? claim() : [];
    }
    const [isFree, messages] = await bothDone(asked, claim());
    if (!isFree && messages.length > 0) throw new RulesChangedError();
    return messages;
  }

  /** The next due message, or for how long nothing may leave. First messages that must wait are passed over. */
  async #findNext(
    tx: Transaction,
    live: LiveSession,
    now: Date,
    turns: readonly number[],
  ): Promise<DueMessage | Hold | null> {
    const { id: deviceId } = live.device;
    const first = await findInTurn(tx, deviceId, now, turns);
    if (first === null) return null;
    if (first.scheduled) await allFallDue(tx, deviceId, now);
    const { hold, newChats } = await this.#pacer.pace(tx, live, now);
    if (hold !== null) {
      await holdSends(tx, deviceId, hold);
      return hold;
    }
    if (newChats === null) return first;
    const { to, until } = newChats;
    if (!(to === 'STRANGERS' ? first.stranger : first.firstContact)) return first;
    if (to === 'FIRST_CONTACTS') await holdNewChats(tx, deviceId, until);
    return findInTurn(tx, deviceId, now, turns, to);
  }

  async #isSuspect(tx: Transaction, message: Message): Promise<boolean> {
    if (message.attemptCount === 0) return false;
    return isSuspect(await tx.em.find(MessageAttempt, { messageId: message.id }), this.#node);
  }

  #begin(
    tx: Transaction,
    live: LiveSession,
    message: Message,
    attempt: Pick<MessageAttempt, 'number' | 'startedAt' | 'alone'>,
  ): void {
    tx.em.create(MessageAttempt, {
      ...attempt,
      messageId: message.id,
      agencyId: message.agencyId,
      subaccountId: message.subaccountId,
      deviceId: message.deviceId,
      epoch: live.epoch,
      node: this.#node,
      outcome: 'IN_PROGRESS',
    });
  }
}

function taken(tx: Transaction, messages: readonly ClaimedMessage[]): Claim {
  for (const { message } of messages) tx.append(messageStatusChanged(message, 'PENDING'));
  return { messages };
}

/** Whether one of the ranks whose turn it is has something to send. */
async function isTurn(
  tx: Transaction,
  { device }: LiveSession,
  now: Date,
  turns: readonly number[],
): Promise<boolean> {
  if (turns.length === 0) return false;
  return (await findDue(tx, device.id, now, { from: Math.min(...turns) })) !== null;
}

/** The next due message: of the ranks whose turn it is, when there is one. */
async function findInTurn(
  tx: Transaction,
  deviceId: string,
  now: Date,
  turns: readonly number[],
  without?: Strangers,
): Promise<DueMessage | null> {
  const options = without === undefined ? {} : { without };
  for (const from of turns) {
    const due = await findDue(tx, deviceId, now, { ...options, from });
    if (due !== null) return due;
  }
  return findDue(tx, deviceId, now, options);
}

function fallDue(tx: Transaction, message: Message): void {
  message.fallDue();
  tx.append(messageStatusChanged(message, 'SCHEDULED'));
}

/** Scheduled messages whose time has come are PENDING from now on: whatever else they wait for, they show it. */
async function allFallDue(tx: Transaction, deviceId: string, now: Date): Promise<void> {
  const fallen = await tx.em.find(
    Message,
    { deviceId, status: 'SCHEDULED', dueAt: { $lte: now } },
    {
      limit: FALLEN_DUE_AT_ONCE,
      orderBy: { priority: 'asc', id: 'asc' },
      lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
    },
  );
  for (const message of fallen) fallDue(tx, message);
  await tx.em.flush();
}
