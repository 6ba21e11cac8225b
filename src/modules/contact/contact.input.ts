import { z } from 'zod';
import { nameText } from '../../kernel/input.js';

const MAX_TAG_LENGTH = 50;
export const MAX_TAGS = 50;

export const tagText = nameText(MAX_TAG_LENGTH);
export const tagList = z
  .array(tagText)
  .max(MAX_TAGS, `must be at most ${MAX_TAGS} tags`)
  .transform((list) => [...new Set(list)].sort());

const MAX_FIELDS = 100;

/** What people may say of a contact. Values by the key of their field; null takes one away. */
const facts = {
  name: nameText().nullable().optional(),
  tags: tagList.optional(),
  fields: z
    .array(z.object({ key: z.string(), value: z.string().nullable() }))
    .max(MAX_FIELDS, `must be at most ${MAX_FIELDS} fields`)
    .optional(),
};

export const contactUpsert = z.object({
  subaccountId: z.uuid(),
  /** E.164 digits. */
  phoneNumber: z.string(),
  ...facts,
});
export type ContactUpsert = z.input<typeof contactUpsert>;

/** What is left out stays. */
export const contactChanges = z.object({ version: z.int(), ...facts });
export type ContactChanges = z.input<typeof contactChanges>;
