import { z } from 'zod';
import { isCountry } from '../../../kernel/phone.js';
import { tagList } from '../contact.input.js';

export const ON_EXISTING = ['UPDATE', 'SKIP'] as const;

/** What a column of a file says: one of these, or the key of a contact field. */
export const COLUMN_TARGETS = ['phone_number', 'name', 'tags', 'opted_out'] as const;

export const importOptions = z.object({
  /** Columns whose header does not say what they are. */
  columns: z
    .array(z.object({ header: z.string(), target: z.string().nullable() }))
    .max(200, 'must be at most 200 columns')
    .default([]),
  /** Of numbers without country code. */
  defaultCountry: z
    .string()
    .refine(isCountry, 'must be an ISO 3166 country such as ID')
    .nullish()
    .transform((country) => country ?? null),
  onExisting: z.enum(ON_EXISTING).default('UPDATE'),
  /** Given to every contact of the file. */
  tags: tagList.default([]),
});
export type NewImport = z.input<typeof importOptions>;
export type ImportOptions = z.output<typeof importOptions>;
