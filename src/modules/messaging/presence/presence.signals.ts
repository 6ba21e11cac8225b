import { z } from 'zod';

/** What the session of a device is asked to do this moment. */
export const sessionRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('TYPE'), to: z.string(), typing: z.boolean() }),
  z.object({ kind: z.literal('WATCH'), to: z.string() }),
]);
export type SessionRequest = z.output<typeof sessionRequest>;

/** That somebody types to a device. */
export const typingNews = z.object({ chat: z.string(), typing: z.boolean() });

export function sessionTopic(deviceId: string): string {
  return `session:${deviceId}`;
}

export function typingTopic(deviceId: string): string {
  return `typing:${deviceId}`;
}
