import { z } from 'zod';
import { nameText } from '../../../kernel/input.js';

const MAX_NAME_LENGTH = 100;
export const MAX_TEAMS = 200;
export const MAX_MEMBERS = 500;

const members = z
  .array(z.uuid())
  .max(MAX_MEMBERS, `must be at most ${MAX_MEMBERS} users`)
  .transform((ids) => [...new Set(ids)]);

export const newTeam = z.object({
  subaccountId: z.uuid(),
  name: nameText(MAX_NAME_LENGTH),
  memberIds: members,
});
export type NewTeam = z.input<typeof newTeam>;

export const teamChanges = newTeam.pick({ name: true });
export type TeamChanges = z.input<typeof teamChanges>;

export const teamMembers = z.object({ userIds: members });
