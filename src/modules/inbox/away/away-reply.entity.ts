import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const AwayReplySchema = tenantEntity({
  name: 'AwayReply',
  tableName: 'away_reply',
  properties: {
    conversationId: p.uuid().primary(),
    deviceId: p.uuid(),
    // Which absence: when somebody is there again, by the wall clock.
    backAt: p.text(),
    // null: it could not be sent.
    messageId: p.uuid().nullable(),
    repliedAt: p.datetime(),
  },
});

/** The last absence that somebody was told of. */
export class AwayReply extends AwayReplySchema.class {}

AwayReplySchema.setClass(AwayReply);
