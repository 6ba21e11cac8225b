import type { NewEvent } from '../../../kernel/events.js';
import type { Team } from './team.entity.js';

/** What else is told: which members came and which went. */
export interface MemberChanges {
  readonly addedUserIds?: readonly string[];
  readonly removedUserIds?: readonly string[];
}

export function teamChanged(
  topic: 'team.created' | 'team.updated' | 'team.deleted',
  { id, subaccountId, name }: Team,
  changes: MemberChanges = {},
): NewEvent {
  return { topic, subaccountId, payload: { teamId: id, name, ...changes } };
}
