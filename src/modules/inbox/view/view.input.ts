import { z } from 'zod';
import { nameText } from '../../../kernel/input.js';
import type { ConversationFilter } from '../../messaging/index.js';

export const MAX_VIEWS = 100;

const filter = z.custom<ConversationFilter>();

export const newView = z.object({
  subaccountId: z.uuid(),
  name: nameText(100),
  filter,
  isShared: z.boolean().default(false),
});
export type NewView = z.input<typeof newView>;

/** What is left out stays. */
export const viewChanges = z.object({ name: nameText(100).optional(), filter: filter.optional() });
export type ViewChanges = z.input<typeof viewChanges>;
