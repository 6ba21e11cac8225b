import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { findTeamMemberIds, findWorkers, listAgentIds, Team } from '../../identity/index.js';
import type { Conversation, ConversationService } from '../../messaging/index.js';
import { ruleFor } from './assignment.rule.js';
import type { AssignmentRule } from './assignment.rule.js';

/** Somebody who never had a turn comes first. */
const BY_TURNS = 't.assigned_at nulls first, c.id';

const ORDER = {
  ROUND_ROBIN: BY_TURNS,
  LEAST_BUSY: `(select count(*) from conversation v
     where v.subaccount_id = $1 and v.assignee_id = c.id and v.status = 'OPEN'), ${BY_TURNS}`,
} as const;

function choice(method: keyof typeof ORDER) {
  return new PreparedStatement<{ readonly id: string }>(
    `choose_assignee_${method.toLowerCase()}`,
    `select c.id from unnest($2::uuid[]) as c (id)
     left join assignee_turn t on t.subaccount_id = $1 and t.user_id = c.id
     order by ${ORDER[method]} limit 1`,
  );
}

const CHOOSE = { ROUND_ROBIN: choice('ROUND_ROBIN'), LEAST_BUSY: choice('LEAST_BUSY') } as const;

const NOTE_TURN = new PreparedStatement(
  'note_assignee_turn',
  `insert into assignee_turn (subaccount_id, user_id, agency_id, assigned_at) values ($1, $2, $3, $4)
   on conflict (subaccount_id, user_id) do update set assigned_at = excluded.assigned_at`,
);

/** Among whom somebody is chosen. */
type Candidates = Pick<AssignmentRule, 'assigneeIds' | 'teamId'>;

/** How a rule of automation wants somebody to be chosen. */
export interface Handing {
  readonly method: keyof typeof CHOOSE;
  readonly teamId: string | null;
}

/** Gives conversations that nobody has to whom the rules of the subaccount say. */
export class Assigner {
  readonly #conversations: ConversationService;
  readonly #clock: Clock;

  constructor(options: { readonly conversations: ConversationService; readonly clock: Clock }) {
    this.#conversations = options.conversations;
    this.#clock = options.clock;
  }

  /** Doing it twice changes nothing: then somebody has it, or there still is nobody to give it to. */
  async assign(ctx: Context, conversationId: string, rules: readonly AssignmentRule[]): Promise<void> {
    await this.#conversations.offer(ctx, conversationId, async (tx, conversation, labels) => {
      const rule = ruleFor(rules, { deviceId: conversation.deviceId, labels });
      if (rule === null) return null;
      const assigneeId = rule.method === 'BY_HAND' ? null : await this.#choose(tx, conversation, rule);
      const hasTeam = rule.teamId !== null && (await tx.em.count(Team, { id: rule.teamId })) > 0;
      // A team may be deleted after a rule named it.
      return { assigneeId, teamId: hasTeam ? rule.teamId : (conversation.teamId ?? null) };
    });
  }

  /**
   * Gives a conversation to a member of a team, or else to an agent of the subaccount, whoever has it; one of them keeps it. Returns false
   * when there is none.
   */
  async hand(ctx: Context, conversationId: string, { method, teamId }: Handing): Promise<boolean> {
    return this.#conversations.give(ctx, conversationId, async (tx, conversation) => {
      const { assigneeId, subaccountId } = conversation;
      const rule = { method, teamId, assigneeIds: [] };
      const isKept = assigneeId != null && (await candidatesOf(tx, subaccountId, rule)).includes(assigneeId);
      const chosen = isKept ? assigneeId : await this.#choose(tx, conversation, rule);
      return chosen === null ? null : { assigneeId: chosen, ...(teamId !== null && { teamId }) };
    });
  }

  async #choose(
    tx: Transaction,
    { agencyId, subaccountId }: Conversation,
    rule: Candidates & Pick<AssignmentRule, 'method'>,
  ): Promise<string | null> {
    if (rule.method === 'BY_HAND') return null;
    // One choice after another, or two conversations would be one person's turn.
    await tx.em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
      `assignee_turn:${subaccountId}`,
    ]);
    const candidates = await candidatesOf(tx, subaccountId, rule);
    const [chosen] = await CHOOSE[rule.method].run(tx.em, [subaccountId, `{${candidates.join(',')}}`]);
    if (chosen === undefined) return null;
    await NOTE_TURN.run(tx.em, [subaccountId, chosen.id, agencyId, this.#clock.now()]);
    return chosen.id;
  }
}

/** Who was named or is in the team may have left meanwhile. */
async function candidatesOf(
  { em }: Transaction,
  subaccountId: string,
  { assigneeIds, teamId }: Candidates,
): Promise<string[]> {
  if (assigneeIds.length === 0 && teamId === null) return listAgentIds(em, subaccountId);
  const named =
    assigneeIds.length > 0 || teamId === null
      ? assigneeIds
      : ((await findTeamMemberIds(em, [teamId])).get(teamId) ?? []);
  const workers = await findWorkers(em, named, subaccountId);
  return named.filter((id) => workers.has(id));
}
