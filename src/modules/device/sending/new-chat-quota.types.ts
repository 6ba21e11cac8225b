import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { StoredNewChatQuota } from './send-policy.js';

@ObjectType('NewChatQuota', { description: "WhatsApp's own allowance of new chats of a number, in a cycle." })
export class NewChatQuotaType {
  readonly #quota: StoredNewChatQuota;

  constructor(quota: StoredNewChatQuota) {
    this.#quota = quota;
  }

  @Field(() => Int, { nullable: true, description: 'New chats that it may begin in the cycle.' })
  get total(): number | null {
    return this.#quota.total;
  }

  @Field(() => Int, { nullable: true, description: 'New chats that it has begun in the cycle.' })
  get used(): number | null {
    return this.#quota.used;
  }

  @Field(() => DateTime, { nullable: true, description: 'When the next cycle begins.' })
  get cycleEndsAt(): Date | null {
    const { cycleEndsAt } = this.#quota;
    return cycleEndsAt === null ? null : new Date(cycleEndsAt);
  }
}
