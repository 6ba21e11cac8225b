import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { assumeReachoutLock, whileOwned } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { noteReachOut } from '../conversation/conversation.acquaintance.js';
import { Message } from '../message/message.entity.js';
import { recordMove } from '../message/message.transition.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { AttemptOutcome } from './attempt.entity.js';
import { MessageAttempt } from './attempt.entity.js';
import type { ClaimedMessage } from './claimed-message.js';
import { Claims, RulesChangedError } from './claims.js';
import type { Claim } from './claims.js';
import { settleAcked } from './outbox.statements.js';
import type { Pacer } from './pacing/pacer.js';
import { afterAbandon, attemptOutcome, isReachoutRefusal, settle, tally } from './settlement.js';
import type { AttemptResult, Settlement } from './settlement.js';
import { crashesAlone } from './suspicion.js';
import { noteWritten, WriteIntent } from './write-intent.js';

interface ClaimOptions {
  readonly turns?: readonly number[];
  /** Default 1. */
  readonly atMost?: number;
}

/** A message that WhatsApp has. */
export interface AckedMessage {
  readonly claimed: ClaimedMessage;
  readonly result: Extract<AttemptResult, { kind: 'ACKED' }>;
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
  readonly #claims: Claims;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    /** Name of this run of the process, recorded with each try: after its end nobody has it. */
    readonly node: string;
    readonly random: () => number;
    readonly pacer: Pacer;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#node = options.node;
    this.#random = options.random;
    this.#pacer = options.pacer;
    this.#claims = new Claims(options);
  }

  /** A drain begins to send: what somebody changed of the rules before holds from its first message on. */
  readRulesAnew(live: LiveSession): void {
    this.#pacer.forget(live);
  }

  /**
   * Takes the next messages that may leave, each to somebody else; ends expired and unwanted ones on the way. null: nothing is due. `turns`: ranks of
   * which the first message, or the first below, goes first this time. `alone`: nothing else is being prepared in this process; a
   * SUSPECT is taken only then.
   */
  async claim(
    live: LiveSession,
    { turns = [], alone = false, atMost = 1 }: ClaimOptions & { readonly alone?: boolean } = {},
  ): Promise<Claim> {
    return byRulesOfNow(() =>
      this.#share(live, (tx) => this.#claims.next(tx, live, { turns, alone, atMost })),
    );
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
   * False when it must not be written any more. `intent`: what was made for it before; mostly it has brought that about already.
   */
  async markWritten(live: LiveSession, claimed: ClaimedMessage, intent?: WriteIntent): Promise<boolean> {
    if (intent?.isAllowed != null) return intent.isAllowed;
    const by = { live, pacer: this.#pacer, at: this.#clock.now() };
    return this.#write(live, async (tx) => (await noteWritten(tx, by, [claimed])).has(claimed.message.id));
  }

  /** For the transaction that stores the Signal state. */
  intentOf(live: LiveSession, claimed: ClaimedMessage): WriteIntent {
    return new WriteIntent(claimed, { live, pacer: this.#pacer });
  }

  /** Records how a try ended and moves the message on, unless a receipt did so meanwhile. */
  async settle(live: LiveSession, claimed: ClaimedMessage, result: AttemptResult): Promise<void> {
    const connected = live.session.isOpen;
    await this.#write(live, async (tx) => {
      if (result.kind === 'ACKED') await this.#succeed(tx, live, [{ claimed, result }]);
      else await this.#end(tx, live, claimed, result, connected);
    });
  }

  /** {@link settle} of messages that WhatsApp has. */
  async settleAcked(live: LiveSession, acked: readonly AckedMessage[]): Promise<void> {
    await this.#share(live, (tx) => this.#succeed(tx, live, acked));
  }

  /**
   * {@link settleAcked}, and {@link claim} of the next ones: one transaction in between. When nothing is due any more, the claim is spared: it is the
   * dearest statement there is. What is accepted after that was looked at comes with a wake-up of its own.
   */
  async settleAndClaim(
    live: LiveSession,
    acked: readonly AckedMessage[],
    { turns = [], atMost = 1 }: ClaimOptions = {},
  ): Promise<Claim> {
    const settleAndClaim = async (tx: Transaction): Promise<Claim> => {
      const hasMore = await this.#succeed(tx, live, acked);
      return hasMore ? this.#claims.next(tx, live, { turns, alone: false, atMost }) : null;
    };
    return byRulesOfNow(() => this.#share(live, settleAndClaim));
  }

  async #end(
    tx: Transaction,
    live: LiveSession,
    claimed: ClaimedMessage,
    result: AttemptResult,
    connected: boolean,
  ): Promise<void> {
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
  }

  /** Returns whether the device has others that are due. */
  async #succeed(tx: Transaction, live: LiveSession, acked: readonly AckedMessage[]): Promise<boolean> {
    const tries = acked.map(({ claimed: { message, attempt }, result }) => ({
      messageId: message.id,
      number: attempt,
      ackedAt: result.at,
    }));
    const by = { deviceId: live.device.id, epoch: live.epoch, endedAt: this.#clock.now() };
    const { ids: settled, hasMore } = await settleAcked(tx, tries, by);
    for (const { message } of acked.map(({ claimed }) => claimed)) {
      if (!settled.includes(message.id)) continue;
      const { id, agencyId, subaccountId, deviceId, conversationId, quotaPool, quotaGrantId } = message;
      const charged = { id, agencyId, subaccountId, deviceId, conversationId, quotaPool, quotaGrantId };
      const { kind, targetId } = message;
      await recordMove(tx, { ...charged, kind, targetId, status: 'SENT', written: true }, 'SENDING');
    }
    return hasMore;
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

  async #write<T>(live: LiveSession, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.write(live.ctx, (tx) => whileOwned(live, tx, () => work(tx)));
  }

  /** For what every message takes part in. */
  async #share<T>(live: LiveSession, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.share(live.ctx, (tx) => whileOwned(live, tx, () => work(tx)));
  }
}

/** Once more when something holds a device back by now. */
async function byRulesOfNow<T>(claim: () => Promise<T>): Promise<T> {
  try {
    return await claim();
  } catch (error) {
    if (!(error instanceof RulesChangedError)) throw error;
    return claim();
  }
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
