import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { assumeReachoutLock, holdNewChats, holdSends } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { noteReachOut } from '../conversation/conversation.acquaintance.js';
import { Message } from '../message/message.entity.js';
import { recordMove } from '../message/message.transition.js';
import { messageStatusChanged } from '../messaging.events.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { AttemptOutcome } from './attempt.entity.js';
import { MessageAttempt } from './attempt.entity.js';
import { findDue } from './due-message.js';
import type { DueMessage } from './due-message.js';
import { expire } from './expiry.js';
import { claimFirst, markTryWritten, settleAcked } from './outbox.statements.js';
import type { Hold, Strangers } from './pacing/pace.js';
import type { Pacer } from './pacing/pacer.js';
import { afterAbandon, attemptOutcome, isReachoutRefusal, settle, tally } from './settlement.js';
import type { AttemptResult, Settlement } from './settlement.js';
import { crashesAlone, isSuspect } from './suspicion.js';

/** When a drain looks again at a message whose try was never settled: longer than any try takes. */
const CLAIM_MS = 180_000;
/** So many scheduled messages are made PENDING at once when the first of them has fallen due. */
const FALLEN_DUE_AT_ONCE = 100;

export interface ClaimedMessage {
  readonly message: Message;
  /** Number of the try, from 1. */
  readonly attempt: number;
  /** The recipient never wrote to this number. */
  readonly stranger: boolean;
  /** And this number never wrote to the recipient. */
  readonly firstContact: boolean;
}

/**
 * The message table as the outbox of one device. Each method is one transaction that carries the lease's epoch: a session that lost its
 * device writes nothing.
 */
export class Outbox {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #random: () => number;
  readonly #pacer: Pacer;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    /** Name of this process, recorded with each try. */
    readonly node: string;
    readonly random: () => number;
    readonly pacer: Pacer;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#node = options.node;
    this.#random = options.random;
    this.#pacer = options.pacer;
  }

  /**
   * Takes the next message that may leave; ends expired ones on the way. null: nothing is due. `turns`: ranks of which the
   * first message, or the first below, goes first this time. `alone`: nothing else is being prepared in this process; a
   * SUSPECT is taken only then.
   */
  async claim(
    live: LiveSession,
    turns: readonly number[] = [],
    alone = false,
  ): Promise<ClaimedMessage | Hold | 'EXPIRED' | 'SUSPECT' | null> {
    return this.#write(live, async (tx) => {
      const now = this.#clock.now();
      const due = await this.#findNext(tx, live, now, turns);
      if (due === null || 'until' in due) return due;
      const { id, stranger, firstContact } = due;
      const lookAgainAt = new Date(now.getTime() + CLAIM_MS);
      const by = { epoch: live.epoch, node: this.#node, at: now, lookAgainAt };
      const usual = alone ? null : await claimFirst(tx, id, by);
      if (usual !== null) {
        tx.append(messageStatusChanged(usual, 'PENDING'));
        return { message: usual, attempt: usual.attemptCount, stranger, firstContact };
      }
      const message = await tx.em.findOneOrFail(Message, { id }, { populate: ['content'] });
      if (message.isExpired(now)) {
        await expire(tx, [message]);
        return 'EXPIRED';
      }
      if (!alone && (await this.#isSuspect(tx, message))) return 'SUSPECT';
      if (message.status === 'SCHEDULED') fallDue(tx, message);
      const previous = message.status;
      const attempt = message.claim(live.epoch, lookAgainAt);
      this.#begin(tx, live, message, { number: attempt, startedAt: now, alone });
      tx.append(messageStatusChanged(message, previous));
      return { message, attempt, stranger, firstContact };
    });
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

  /** Freezes the content that an upload made: from now on a repetition sends the same. */
  async freeze(live: LiveSession, message: Message, content: Buffer): Promise<void> {
    await this.#write(live, async (tx) => {
      await tx.em
        .getKysely<MessagingTables>()
        .updateTable('message')
        .set({ content })
        .where('id', '=', message.id)
        .execute();
    });
  }

  /**
   * Records that the message is about to be written, durably and before it is: whatever dies afterwards, nobody takes it for unwritten.
   * False when it must not be written any more: expired, settled by a receipt, claimed by somebody else, or the first to a stranger when
   * WhatsApp has just begun to limit those.
   */
  async markWritten(live: LiveSession, claimed: ClaimedMessage): Promise<boolean> {
    const { message, attempt, firstContact } = claimed;
    return this.#write(live, async (tx) => {
      const now = this.#clock.now();
      if (claimed.stranger && (await this.#pacer.limitsNewChats(tx, live, claimed, now))) return false;
      const own = { messageId: message.id, number: attempt, epoch: live.epoch };
      if (!(await markTryWritten(tx, own, now))) return false;
      if (firstContact) await noteReachOut(tx, message.conversationId, now);
      return true;
    });
  }

  /** Records how a try ended and moves the message on, unless a receipt did so meanwhile. */
  async settle(live: LiveSession, claimed: ClaimedMessage, result: AttemptResult): Promise<void> {
    const connected = live.session.isOpen;
    await this.#write(live, async (tx) => {
      if (result.kind === 'ACKED') return this.#succeed(tx, live, claimed, result.at);
      const message = await lockMessage(tx, claimed.message.id);
      const attempts = await tx.em.find(MessageAttempt, { messageId: message.id });
      const own = attempts.find((attempt) => attempt.number === claimed.attempt);
      if (own !== undefined) endAttempt(own, result, attemptOutcome(result, connected), this.#clock.now());
      message.written = attempts.some((attempt) => attempt.writtenAt != null);
      if (message.status !== 'SENDING' || message.claimEpoch !== live.epoch) return;
      message.outcomeUnknown = message.written && result.kind !== 'REFUSED';
      const tries = tally(attempts.map((attempt) => attempt.outcome));
      const retry = { maxAttempts: message.maxAttempts ?? null, intervalMs: message.retryIntervalMs };
      await this.#move(tx, message, settle(result, { tries, connected, retry, random: this.#random }));
      // Asking for numbers that are not there is what WhatsApp takes for guessing: it uses up new chats as well.
      if (claimed.firstContact && result.kind === 'NOT_ON_WHATSAPP') {
        await noteReachOut(tx, message.conversationId, this.#clock.now());
      }
      if (claimed.stranger && isReachoutRefusal(result)) {
        await assumeReachoutLock(tx, message.deviceId, this.#clock.now());
        this.#pacer.forget(live);
      }
    });
  }

  async #succeed(tx: Transaction, live: LiveSession, claimed: ClaimedMessage, ackedAt: Date): Promise<void> {
    const { message, attempt: number } = claimed;
    const own = { messageId: message.id, number, epoch: live.epoch };
    if (!(await settleAcked(tx, own, { ackedAt, endedAt: this.#clock.now() }))) return;
    const { id, agencyId, subaccountId, deviceId, conversationId, quotaPool, quotaGrantId } = message;
    const charged = { id, agencyId, subaccountId, deviceId, conversationId, quotaPool, quotaGrantId };
    const { kind, targetId } = message;
    await recordMove(tx, { ...charged, kind, targetId, status: 'SENT', written: true }, 'SENDING');
  }

  /**
   * Takes back what an earlier session or process claimed and never settled. Called when WhatsApp has told all that happened meanwhile,
   * so that a receipt had its chance to prove the message sent, and by the device's one drain, so that none is in hand.
   */
  async releaseAbandoned(live: LiveSession): Promise<number> {
    return this.#write(live, async (tx) => {
      const abandoned = await tx.em.find(
        Message,
        { deviceId: live.device.id, status: 'SENDING', dueAt: { $ne: null } },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      for (const message of abandoned) await this.#release(tx, message);
      await tx.em.flush();
      await this.#endAttempts(tx, live);
      return abandoned.length;
    });
  }

  async #release(tx: Transaction, message: Message): Promise<void> {
    const now = this.#clock.now();
    const attempts = await tx.em.find(MessageAttempt, { messageId: message.id });
    for (const attempt of attempts) {
      if (attempt.outcome !== 'IN_PROGRESS') continue;
      attempt.outcome = 'ABANDONED';
      attempt.endedAt = now;
    }
    message.written = attempts.some((attempt) => attempt.writtenAt != null);
    message.outcomeUnknown = message.written;
    const { interruptions } = tally(attempts.map((attempt) => attempt.outcome));
    const crashes = crashesAlone(attempts, this.#node);
    await this.#move(tx, message, afterAbandon({ crashes, interruptions }));
  }

  /** A receipt may have settled a message whose try nobody was left to end. */
  async #endAttempts(tx: Transaction, live: LiveSession): Promise<void> {
    await tx.em
      .getKysely<MessagingTables>()
      .updateTable('message_attempt')
      .set({ outcome: 'ABANDONED', ended_at: this.#clock.now() })
      .where('device_id', '=', live.device.id)
      .where('outcome', '=', 'IN_PROGRESS')
      .execute();
  }

  async #move(tx: Transaction, message: Message, settlement: Settlement): Promise<void> {
    const previous = message.status;
    switch (settlement.kind) {
      case 'SENT':
        message.succeed(settlement.at);
        break;
      case 'FAILED':
        message.fail(settlement.code, settlement.detail);
        break;
      case 'AGAIN':
        message.release(new Date(this.#clock.now().getTime() + settlement.afterMs));
        break;
    }
    await recordMove(tx, message, previous);
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

  async #write<T>(live: LiveSession, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      return work(tx);
    });
  }
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

async function lockMessage(tx: Transaction, id: string): Promise<Message> {
  return tx.em.findOneOrFail(Message, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

function endAttempt(
  attempt: MessageAttempt,
  result: AttemptResult,
  outcome: AttemptOutcome,
  endedAt: Date,
): void {
  attempt.outcome = outcome;
  attempt.endedAt = endedAt;
  attempt.errorCode = result.kind === 'REFUSED' ? result.code : null;
  // The intent was recorded before the wire; here it is known that nothing was written after all.
  if (result.kind === 'NOT_WRITTEN' || result.kind === 'WITHDRAWN') attempt.writtenAt = null;
}
