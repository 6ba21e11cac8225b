import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { eventIdOf } from '../../../kernel/events.js';
import type { StoredEvent } from '../../../kernel/events.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Conversation, idIn, Message } from '../../messaging/index.js';
import { Automation } from '../automation.entity.js';
import type { IdleAfter, RuleTrigger } from '../rule/rule.js';
import type { RunQueue } from '../run/run.queue.js';
import { AUTOMATION_PLACE } from './automation-place.js';
import type { Planner } from './planner.js';
import { AutomationWatch } from './watch.entity.js';

const MINUTE_MS = 60_000;

interface Said {
  readonly event: StoredEvent;
  readonly message: Message;
}

type Idle = Extract<RuleTrigger, { kind: 'CONVERSATION_IDLE' }>;

/** Waits for conversations to fall silent: each thing that is written puts the time off, or ends the waiting. */
export class IdleWatches {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #planner: Planner;
  readonly #queue: RunQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly planner: Planner;
    readonly queue: RunQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#planner = options.planner;
    this.#queue = options.queue;
  }

  /** Takes notice of what was written. */
  async note(
    tx: Transaction,
    automations: readonly Automation[],
    events: readonly StoredEvent[],
  ): Promise<void> {
    const watching = automations.flatMap((automation) =>
      automation.trigger.kind === 'CONVERSATION_IDLE' ? [{ automation, trigger: automation.trigger }] : [],
    );
    if (watching.length === 0) return;
    for (const said of await loadSaid(tx, events)) {
      for (const { automation, trigger } of watching) {
        if (said.event.seq > automation.sinceSeq) await this.#note(tx, automation, trigger, said);
      }
    }
  }

  /** The silence has lasted: begins a run, unless something was written meanwhile. */
  async fire(ctx: Context, watchId: string): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const due = { id: watchId, dueAt: { $lte: this.#clock.now() } };
      const watch = await tx.em.findOne(AutomationWatch, due, {
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      });
      if (watch === null) return;
      // Something may have been written that is still to be read.
      if (!(await AUTOMATION_PLACE.hasPassed(tx.em, watch.subaccountId, watch.dueAt))) return;
      tx.em.remove(watch);
      const { automationId, conversationId, eventId } = watch;
      const automation = await tx.em.findOne(Automation, { id: automationId });
      const conversation = await tx.em.findOne(Conversation, { id: conversationId });
      if (automation?.isAtWork !== true || conversation === null) return;
      const { contactId = null, deviceId } = conversation;
      const run = await this.#planner.plan(tx, automation, {
        eventId,
        depth: 0,
        happening: { kind: 'IDLE', automationId },
        subject: { contactId, conversationId, messageId: null, dealId: null, deviceId },
        text: null,
        stageId: null,
        isLate: false,
      });
      if (run.dueAt != null) tx.afterCommit(() => this.#queue.addDue(run));
    });
  }

  async #note(
    tx: Transaction,
    { id: automationId, agencyId, subaccountId }: Automation,
    { after, minutes }: Idle,
    { event, message: { conversationId, direction } }: Said,
  ): Promise<void> {
    if (!begins(after, direction)) {
      await tx.em.nativeDelete(AutomationWatch, { automationId, conversationId });
      return;
    }
    const dueAt = new Date(event.occurredAt.getTime() + minutes * MINUTE_MS);
    const facts = { agencyId, subaccountId, automationId, conversationId, eventId: eventIdOf(event), dueAt };
    const known = await tx.em.findOne(AutomationWatch, { automationId, conversationId });
    if (known === null) tx.em.persist(AutomationWatch.create(facts));
    else Object.assign(known, facts);
    await tx.em.flush();
  }
}

function begins(after: IdleAfter, direction: 'INBOUND' | 'OUTBOUND'): boolean {
  return after === 'ANY' || after === direction;
}

/** What people wrote to each other; a rule's own messages break no silence. */
async function loadSaid({ em }: Transaction, events: readonly StoredEvent[]): Promise<readonly Said[]> {
  const said = events.filter(
    ({ topic, actor }) =>
      (topic === 'message.received' || topic === 'message.created') && actor?.kind !== 'AUTOMATION',
  );
  const ids = said.map(({ payload }) => idIn(payload, 'messageId'));
  const messages = new Map((await em.find(Message, { id: { $in: ids } })).map((each) => [each.id, each]));
  return said.flatMap((event) => {
    const message = messages.get(idIn(event.payload, 'messageId'));
    return message === undefined || message.kind === 'REACTION' ? [] : [{ event, message }];
  });
}
