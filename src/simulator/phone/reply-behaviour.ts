import { z } from 'zod';

/** What a phone answers by itself: the same text back, or a fixed one. */
export const replyBehaviourSchema = z
  .strictObject({
    echo: z.boolean().optional().describe('answer with the text that came'),
    text: z.string().min(1).optional().describe('answer with this text'),
    afterMs: z.number().int().min(0).max(600_000).default(0),
    typingMs: z.number().int().min(0).max(60_000).default(0).describe('show typing before the answer'),
  })
  .refine((reply) => reply.echo === true || reply.text !== undefined, {
    error: 'either echo or text is needed',
  });

export type ReplyBehaviour = z.input<typeof replyBehaviourSchema>;
export type ReplyRule = z.infer<typeof replyBehaviourSchema>;
