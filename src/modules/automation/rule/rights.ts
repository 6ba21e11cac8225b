import type { Action } from '../../../kernel/access.js';
import type { Context } from '../../../kernel/context.js';
import type { RuleStep, StepKind } from './rule.js';

/** What a caller must be allowed to do by hand to have a rule do it. */
const ACTIONS: Readonly<Record<StepKind, readonly Action[]>> = {
  REPLY: ['message:send'],
  OPEN_DEAL: ['deal:create'],
  MOVE_DEAL: ['deal:update'],
  ASSIGN: ['conversation:update'],
  ADD_LABEL: ['conversation:update'],
  REMOVE_LABEL: ['conversation:update'],
  ADD_TAG: ['contact:update'],
  REMOVE_TAG: ['contact:update'],
  // It tells who wrote what.
  CALL_WEBHOOK: ['webhook:create', 'message:read', 'contact:read'],
  WAIT: [],
};

/** Throws ACTION_NOT_ALLOWED: a rule would be a way around. */
export function requireRights(ctx: Context, steps: readonly RuleStep[]): void {
  for (const { kind } of steps) for (const action of ACTIONS[kind]) ctx.require(action);
}
