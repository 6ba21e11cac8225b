import { z } from 'zod';
import { idempotencyKeyText, nameText } from '../../../kernel/input.js';
import { moneyInput } from './money.js';

const MAX_TAGS = 50;
const MAX_TAG_LENGTH = 50;
const MAX_REASON_LENGTH = 500;

const day = z.iso.date('must be a day such as 2027-01-31');
const tags = z
  .array(nameText(MAX_TAG_LENGTH))
  .max(MAX_TAGS, `must be at most ${MAX_TAGS} tags`)
  .transform((list) => [...new Set(list)].sort());
const lostReason = nameText(MAX_REASON_LENGTH);

export const newDeal = z.object({
  pipelineId: z.uuid(),
  stageId: optional(z.uuid()),
  title: nameText(),
  contactId: optional(z.uuid()),
  ownerId: optional(z.uuid()),
  value: optional(moneyInput),
  expectedCloseOn: optional(day),
  tags: tags.nullish().transform((list) => list ?? []),
  idempotencyKey: optional(idempotencyKeyText()),
});
export type NewDeal = z.input<typeof newDeal>;
export type DealDraft = z.output<typeof newDeal>;

/** What is left out stays; null takes it away. */
export const dealChanges = z.object({
  version: z.int(),
  title: nameText().optional(),
  contactId: z.uuid().nullable().optional(),
  ownerId: z.uuid().nullable().optional(),
  value: moneyInput.nullable().optional(),
  expectedCloseOn: day.nullable().optional(),
  lostReason: lostReason.nullable().optional(),
  tags: tags.optional(),
});
export type DealChanges = z.input<typeof dealChanges>;

export const dealPlace = z.object({
  version: z.int(),
  stageId: z.uuid(),
  /** The deal directly before it; null: it comes first. */
  afterDealId: optional(z.uuid()),
  lostReason: optional(lostReason),
});
export type DealPlace = z.input<typeof dealPlace>;

function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? null);
}
