import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import { StoredPlace } from '../../../platform/events/stored-place.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { Assigner } from '../assignment/assigner.js';
import type { HandoverService } from '../assignment/handover.service.js';
import type { AwayReplier } from '../away/away-replier.js';
import { enterSteps } from '../handling/handling.book.js';
import { InboxSettings } from '../settings/inbox-settings.entity.js';
import { backAt } from '../settings/working-hours.js';
import { findMessageFacts, readInboxEvents } from './inbox-events.js';
import type { InboxEvents, MessageFacts } from './inbox-events.js';
import { conversationToAssign, stepsOf } from './steps.js';

/** What the reader knows of a subaccount while it looks at a batch of events. */
interface Batch extends InboxEvents {
  readonly settings: InboxSettings;
  readonly timezone: string;
  readonly messages: ReadonlyMap<string, MessageFacts>;
}

/**
 * Follows what happens to the conversations of a subaccount: gives those that nobody has to somebody, takes those of people who left,
 * answers while nobody is there, and notes how long people wait. What it does about an event may be done twice without harm; what it
 * counts is counted in the transaction that moves its place.
 */
export class InboxReader {
  readonly #database: Database;
  readonly #assigner: Assigner;
  readonly #handovers: HandoverService;
  readonly #away: AwayReplier;
  readonly #place = new StoredPlace('inbox');

  constructor(options: {
    readonly database: Database;
    readonly assigner: Assigner;
    readonly handovers: HandoverService;
    readonly away: AwayReplier;
  }) {
    this.#database = options.database;
    this.#assigner = options.assigner;
    this.#handovers = options.handovers;
    this.#away = options.away;
  }

  /** Reads to the end of the stream, or to where somebody else took over. */
  async readOn(ctx: Context, subaccountId: string, signal: AbortSignal): Promise<void> {
    for (let more = true; more && !signal.aborted;) {
      const batch = await this.#database.read(ctx, (em) => readBatch(em, subaccountId));
      await this.#handOver(ctx, batch, signal);
      await this.#assign(ctx, batch, signal);
      await this.#replyAway(ctx, batch, signal);
      more = (await this.#count(ctx, subaccountId, batch)) && batch.isFull;
    }
  }

  /** Who left has no conversations any more; the rules give them to others. */
  async #handOver(ctx: Context, { events, settings }: Batch, signal: AbortSignal): Promise<void> {
    for (const { topic, payload } of events) {
      const { userId } = payload;
      if (topic !== 'member.removed' || typeof userId !== 'string') continue;
      const released = await this.#handovers.release(ctx, settings.subaccountId, userId, signal);
      if (settings.assignmentRules.length === 0) continue;
      for (const id of released) await this.#assigner.assign(ctx, id, settings.assignmentRules);
    }
  }

  /** Whatever happened to a conversation may be what a rule waits for: a message, a label, that it opened, that somebody gave it back. */
  async #assign(ctx: Context, { events, settings, messages }: Batch, signal: AbortSignal): Promise<void> {
    if (settings.assignmentRules.length === 0) return;
    const ids = new Set(events.flatMap((event) => conversationToAssign(event, messages) ?? []));
    for (const id of ids) {
      signal.throwIfAborted();
      await this.#assigner.assign(ctx, id, settings.assignmentRules);
    }
  }

  async #replyAway(ctx: Context, batch: Batch, signal: AbortSignal): Promise<void> {
    const { events, messages, timezone, settings } = batch;
    const { awayMessage, workingHours: hours, closedOn } = settings;
    if (awayMessage == null || hours.length === 0) return;
    for (const { topic, payload, occurredAt: at } of events) {
      const message = messages.get(String(payload['messageId']));
      if (topic !== 'message.received' || message === undefined || !isNews(message)) continue;
      const back = backAt({ hours, closedOn, timezone }, at);
      if (back === null) continue;
      signal.throwIfAborted();
      await this.#away.reply(ctx, { conversationId: message.conversationId, backAt: back, at }, awayMessage);
    }
  }

  /** Returns false when somebody else has the place, or had it meanwhile. */
  #count(ctx: Context, subaccountId: string, batch: Batch): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      if (batch.isNew) await this.#place.begin(tx.em, subaccountId);
      const place = await this.#place.take(tx.em, subaccountId);
      if (place !== batch.place) return false;
      await enterSteps(tx.em, stepsOf(batch.events, batch.messages));
      await this.#place.move(tx.em, subaccountId, batch.end);
      return true;
    });
  }
}

async function readBatch(em: EntityManager, subaccountId: string): Promise<Batch> {
  const batch = await readInboxEvents(em, subaccountId);
  const messages = await findMessageFacts(em, batch.events);
  const { timezone } = await getSubaccount(em, subaccountId);
  const settings = await em.findOne(InboxSettings, { subaccountId });
  return { ...batch, messages, timezone, settings: settings ?? InboxSettings.unchosen(subaccountId) };
}

/** Reactions and what was sent while we were away ask for no answer at once. */
function isNews({ direction, kind, caughtUp }: MessageFacts): boolean {
  return direction === 'INBOUND' && kind !== 'REACTION' && !caughtUp;
}
