import { z } from 'zod';

const text = z.string().nullish();

/** Which contacts: a filter as lists have it. Every contact without one. */
export const exportOptions = z.object({
  filter: z
    .object({
      phoneNumber: text,
      phonePrefix: text,
      name: text,
      tags: z.array(z.string()).nullish(),
      fields: z.array(z.object({ key: z.string(), equals: text, from: text, to: text })).nullish(),
      optedOut: z.boolean().nullish(),
      blocked: z.boolean().nullish(),
    })
    .default({}),
});
export type NewExport = z.input<typeof exportOptions>;
