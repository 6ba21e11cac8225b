import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const ATTEMPT_OUTCOMES = [
  /** Running, or its process is gone and nobody has looked yet. */
  'IN_PROGRESS',
  'ACKED',
  'REFUSED',
  'UNANSWERED',
  'NOT_WRITTEN',
  'NOT_ON_WHATSAPP',
  /** The connection ended meanwhile. */
  'DISCONNECTED',
  /** Its process ended meanwhile. */
  'ABANDONED',
  /** Stopped by us before the wire: expired, or settled by a receipt. */
  'WITHDRAWN',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

const AttemptSchema = tenantEntity({
  name: 'MessageAttempt',
  tableName: 'message_attempt',
  properties: {
    messageId: p.uuid().primary(),
    number: p.integer().primary(),
    deviceId: p.uuid(),
    epoch: p.bigint('number'),
    node: p.text(),
    // Nothing else was being prepared in its process meanwhile.
    alone: p.boolean(),
    outcome: p.text().$type<AttemptOutcome>(),
    errorCode: p.integer().nullable(),
    startedAt: p.datetime(),
    writtenAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
  },
});

/** One try to send a message: by whom, when it was written, how it ended. */
export class MessageAttempt extends AttemptSchema.class {}

AttemptSchema.setClass(MessageAttempt);
