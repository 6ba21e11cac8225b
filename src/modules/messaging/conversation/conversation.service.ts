import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { DeviceWaker } from '../../device/index.js';
import { Team, worksFor } from '../../identity/index.js';
import type { Conversation, ConversationWork } from './conversation.entity.js';
import { conversationChanged, conversationRead, conversationWorked } from './conversation.events.js';
import { conversationChanges, labelChanges, MAX_LABELS } from './conversation.input.js';
import type { ConversationChanges, LabelChanges } from './conversation.input.js';
import { addLabels, findLabels, removeLabels } from './conversation.labels.js';
import { findLockedConversation, lockConversation } from './conversation.queries.js';
import { forgetUnread, noteRead, noteUnread } from './conversation.unread.js';
import { noteReadMark } from '../reading/read-marks.js';

/** Whom a conversation is given to; what is left out stays, null takes it away. */
export interface Assignment {
  readonly assigneeId?: string | null;
  readonly teamId?: string | null;
}

/** What the caller calls the parts of an {@link Assignment}. */
export type AssignmentPaths = Readonly<Record<keyof Assignment, string>>;

const ASSIGNMENT_PATHS: AssignmentPaths = { assigneeId: 'input.assigneeId', teamId: 'input.teamId' };

/**
 * What people and rules decide about conversations: how far they are, who works on them, what they are about. People name the version
 * that they saw, so that nobody overwrites what they did not see; labels are added and taken away one by one and need none.
 */
export class ConversationService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #waker: Pick<DeviceWaker, 'wake'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly waker: Pick<DeviceWaker, 'wake'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#waker = options.waker;
  }

  /** Throws STALE_VERSION. */
  async update(ctx: Context, id: string, request: ConversationChanges): Promise<Conversation> {
    const { version, ...work } = parseInput(conversationChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const conversation = await lockConversation(tx.em, id);
      if (conversation.version !== version) {
        throw kernelErrors.STALE_VERSION({ data: { currentVersion: conversation.version } });
      }
      return this.#work(tx, conversation, work);
    });
  }

  /** Whatever the version: for rules, which decide by what is there when they act. */
  async assign(ctx: Context, id: string, assignment: Assignment): Promise<Conversation> {
    return this.#database.write(ctx, async (tx) =>
      this.#work(tx, await lockConversation(tx.em, id), assignment),
    );
  }

  /** As {@link assign}. */
  async setStatus(
    ctx: Context,
    id: string,
    status: Exclude<Conversation['status'], 'SNOOZED'>,
  ): Promise<Conversation> {
    return this.#database.write(ctx, async (tx) =>
      this.#work(tx, await lockConversation(tx.em, id), { status }),
    );
  }

  /** As {@link assign}. */
  async snooze(ctx: Context, id: string, until: Date): Promise<Conversation> {
    return this.#database.write(ctx, async (tx) => {
      const work = { status: 'SNOOZED', snoozedUntil: until } as const;
      return this.#work(tx, await lockConversation(tx.em, id), work);
    });
  }

  /** As {@link assign}, to whom `choose` says who sees it locked; null: it stays as it is. Returns whether somebody was found. */
  async give(
    ctx: Context,
    id: string,
    choose: (tx: Transaction, conversation: Conversation) => Promise<Assignment | null>,
  ): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const conversation = await lockConversation(tx.em, id);
      const assignment = await choose(tx, conversation);
      if (assignment !== null) await this.#work(tx, conversation, assignment);
      return assignment !== null;
    });
  }

  /** Gives a conversation that is open and that nobody has to whom `choose` says; null: to nobody. */
  async offer(
    ctx: Context,
    id: string,
    choose: (
      tx: Transaction,
      conversation: Conversation,
      labels: readonly string[],
    ) => Promise<Assignment | null>,
  ): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const conversation = await findLockedConversation(tx.em, id);
      if (conversation?.status !== 'OPEN' || conversation.assigneeId != null) return;
      if (conversation.kind === 'GROUP') return;
      const labels = (await findLabels(tx.em, [id])).get(id) ?? [];
      const assignment = await choose(tx, conversation, labels);
      if (assignment !== null) await this.#work(tx, conversation, assignment);
    });
  }

  /** Throws INVALID_INPUT, which names the input, for somebody who does not work there and for a team of elsewhere. */
  assertAssignable(
    ctx: Context,
    subaccountId: string,
    to: Assignment,
    paths: AssignmentPaths,
  ): Promise<void> {
    return this.#database.read(ctx, (em) => assertAssignable(em, subaccountId, to, paths));
  }

  /** Unless somebody else has it by now. */
  async takeFrom(ctx: Context, id: string, assigneeId: string, to: Assignment): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const conversation = await findLockedConversation(tx.em, id);
      if (conversation?.assigneeId === assigneeId) await this.#work(tx, conversation, to);
    });
  }

  addLabel(ctx: Context, id: string, label: string): Promise<Conversation> {
    return this.label(ctx, id, { add: [label] });
  }

  removeLabel(ctx: Context, id: string, label: string): Promise<Conversation> {
    return this.label(ctx, id, { remove: [label] });
  }

  /** What is taken away and added at once is there. */
  async label(ctx: Context, id: string, request: LabelChanges): Promise<Conversation> {
    const { add, remove } = parseInput(labelChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const conversation = await lockConversation(tx.em, id);
      const gone = remove.filter((label) => !add.includes(label));
      const removed = await removeLabels(tx.em, conversation, gone);
      const added = await addLabels(tx.em, conversation, add);
      if (added.length + removed.length === 0) return conversation;
      await assertFewLabels(tx, conversation);
      conversation.version += 1;
      tx.append(conversationChanged(conversation, ['LABELS'], { added, removed }));
      return conversation;
    });
  }

  /** All that came in so far: for everybody, and for the user who says so. Who wrote it sees that where the device is set so. */
  async markRead(ctx: Context, id: string): Promise<Conversation> {
    return this.#database.write(ctx, async (tx) => {
      const conversation = await lockConversation(tx.em, id);
      const { agencyId, subaccountId, deviceId } = conversation;
      const shard = await noteReadMark(tx, conversation, conversation.unreadCount);
      if (shard !== null) {
        const device = { id: deviceId, agencyId, subaccountId, shard };
        tx.afterCommit(() => this.#waker.wake(device, 'device.tell_reads'));
      }
      conversation.unreadCount = 0;
      const userId = userIdOf(tx.ctx);
      if (userId !== null) await noteRead(tx.em, conversation, userId);
      tx.append(conversationRead(conversation, userId));
      return conversation;
    });
  }

  /** The last message that came in counts as unread again: for everybody, and for the user who says so. */
  async markUnread(ctx: Context, id: string): Promise<Conversation> {
    return this.#database.write(ctx, async (tx) => {
      const conversation = await lockConversation(tx.em, id);
      if (conversation.receivedCount === 0) return conversation;
      conversation.unreadCount = Math.max(conversation.unreadCount, 1);
      const userId = userIdOf(tx.ctx);
      if (userId !== null) await noteUnread(tx.em, conversation, userId);
      tx.append(conversationRead(conversation, userId));
      return conversation;
    });
  }

  /** Nothing is unread in a subaccount for somebody who left it. */
  async forgetReader(ctx: Context, subaccountId: string, userId: string): Promise<void> {
    await this.#database.write(ctx, (tx) => forgetUnread(tx.em, subaccountId, userId));
  }

  async #work(
    tx: Transaction,
    conversation: Conversation,
    work: { readonly [K in keyof ConversationWork]?: ConversationWork[K] | undefined },
  ): Promise<Conversation> {
    const now = this.#clock.now();
    if (work.snoozedUntil != null && work.snoozedUntil <= now) {
      throw invalidInput([{ path: 'input.snoozedUntil', message: 'must be in the future' }]);
    }
    await assertAssignable(tx.em, conversation.subaccountId, given(work), ASSIGNMENT_PATHS);
    const { status, assigneeId } = conversation;
    const changed = conversation.work(given(work));
    if (changed.length > 0) tx.append(conversationWorked(conversation, changed, { status, assigneeId }));
    return conversation;
  }
}

function userIdOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

async function assertFewLabels(tx: Transaction, { id }: Conversation): Promise<void> {
  const labels = (await findLabels(tx.em, [id])).get(id) ?? [];
  if (labels.length <= MAX_LABELS) return;
  throw invalidInput([{ path: 'input.add', message: `a conversation has at most ${MAX_LABELS} labels` }]);
}

async function assertAssignable(
  em: EntityManager,
  subaccountId: string,
  { assigneeId, teamId }: Partial<Assignment>,
  paths: AssignmentPaths,
): Promise<void> {
  if (assigneeId != null && !(await worksFor(em, assigneeId, subaccountId))) {
    throw invalidInput([{ path: paths.assigneeId, message: 'must be a user who works for the subaccount' }]);
  }
  if (teamId != null && (await em.count(Team, { id: teamId, subaccountId })) === 0) {
    throw invalidInput([{ path: paths.teamId, message: 'must be a team of the subaccount' }]);
  }
}

/** Without what was left out. */
function given(work: {
  readonly [K in keyof ConversationWork]?: ConversationWork[K] | undefined;
}): Partial<ConversationWork> {
  return Object.fromEntries(Object.entries(work).filter(([, value]) => value !== undefined));
}
