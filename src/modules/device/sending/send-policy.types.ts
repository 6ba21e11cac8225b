import 'reflect-metadata';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Pacing, SendingHours, SendPolicy } from './send-policy.js';
import type { SendCaps } from './warm-up.js';

export const PacingEnum: Readonly<Record<Pacing, Pacing>> = { ON: 'ON', OFF: 'OFF' };
registerEnumType(PacingEnum, {
  name: 'Pacing',
  description: 'Whether a device paces what it sends.',
  valuesConfig: {
    ON: { description: 'With pauses, typing and caps.' },
    OFF: {
      description:
        "As fast as WhatsApp takes it: for trusted setups. WhatsApp's own limit of new chats is still kept.",
    },
  },
});

const PACING = 'Whether messages are paced at all.';
const MIN_DELAY = 'Shortest pause between two messages, in milliseconds: 0 to 600000.';
const MAX_DELAY = 'Longest pause between two messages, in milliseconds: 0 to 600000.';
const TYPING = 'Whether the recipient sees "typing…" for as long as the text takes to write.';
const PER_MINUTE = 'Most messages in any minute.';
const PER_HOUR = 'Most messages in any hour.';
const PER_DAY = 'Most messages in any 24 hours, once warmed up.';
const NEW_CHATS =
  'Most first messages in any 24 hours to people who never wrote to the number, once warmed up.';
const WARM_UP_DAYS =
  'Over so many days since the number was linked the daily caps grow to the full ones; 0: not at all.';
const WARM_UP_PER_DAY = 'Most messages in 24 hours on the first day of the warm-up.';
const WARM_UP_NEW_CHATS = 'Most first messages to strangers in 24 hours on the first day of the warm-up.';
const HOURS = "When messages leave, by the clock of the subaccount's time zone; null: at any hour.";
const FROM = 'First minute, such as 09:00.';
const UNTIL = 'First minute after the end, such as 18:00 or 24:00; at least an hour after the beginning.';

@ObjectType('SendingHours', { description: 'The part of a day in which messages leave.' })
export class SendingHoursType {
  @Field(() => String, { description: FROM })
  readonly from: string;

  @Field(() => String, { description: UNTIL })
  readonly until: string;

  constructor({ from, until }: SendingHours) {
    this.from = from;
    this.until = until;
  }
}

@ObjectType('SendPolicy', { description: 'How a device protects its number while sending.' })
export class SendPolicyType {
  readonly #policy: SendPolicy;
  readonly #caps: SendCaps;

  constructor(policy: SendPolicy, caps: SendCaps) {
    this.#policy = policy;
    this.#caps = caps;
  }

  @Field(() => PacingEnum, { description: PACING })
  get pacing(): Pacing {
    return this.#policy.pacing;
  }

  @Field(() => Int, { description: MIN_DELAY })
  get minDelayMs(): number {
    return this.#policy.minDelayMs;
  }

  @Field(() => Int, { description: MAX_DELAY })
  get maxDelayMs(): number {
    return this.#policy.maxDelayMs;
  }

  @Field(() => Boolean, { description: TYPING })
  get typing(): boolean {
    return this.#policy.typing;
  }

  @Field(() => Int, { description: PER_MINUTE })
  get perMinute(): number {
    return this.#policy.perMinute;
  }

  @Field(() => Int, { description: PER_HOUR })
  get perHour(): number {
    return this.#policy.perHour;
  }

  @Field(() => Int, { description: PER_DAY })
  get perDay(): number {
    return this.#policy.perDay;
  }

  @Field(() => Int, { description: NEW_CHATS })
  get newChatsPerDay(): number {
    return this.#policy.newChatsPerDay;
  }

  @Field(() => Int, { description: WARM_UP_DAYS })
  get warmUpDays(): number {
    return this.#policy.warmUpDays;
  }

  @Field(() => Int, { description: WARM_UP_PER_DAY })
  get warmUpPerDay(): number {
    return this.#policy.warmUpPerDay;
  }

  @Field(() => Int, { description: WARM_UP_NEW_CHATS })
  get warmUpNewChatsPerDay(): number {
    return this.#policy.warmUpNewChatsPerDay;
  }

  @Field(() => SendingHoursType, { nullable: true, description: HOURS })
  get sendingHours(): SendingHoursType | null {
    const { sendingHours } = this.#policy;
    return sendingHours === null ? null : new SendingHoursType(sendingHours);
  }

  @Field(() => Int, { description: 'The cap of messages in 24 hours that holds now.' })
  get perDayNow(): number {
    return this.#caps.perDay;
  }

  @Field(() => Int, { description: 'The cap of first messages to strangers in 24 hours that holds now.' })
  get newChatsPerDayNow(): number {
    return this.#caps.newChatsPerDay;
  }
}

@InputType('SendingHoursInput', { description: 'The part of a day in which messages leave.' })
export class SendingHoursInput implements SendingHours {
  @Field(() => String, { description: FROM })
  from!: string;

  @Field(() => String, { description: UNTIL })
  until!: string;
}

@InputType('SendPolicyInput', {
  description: 'What to change of a send policy; what is left out stays, null takes the default again.',
})
export class SendPolicyInput {
  @Field(() => PacingEnum, { nullable: true, description: PACING })
  pacing?: Pacing | null;

  @Field(() => Int, { nullable: true, description: MIN_DELAY })
  minDelayMs?: number | null;

  @Field(() => Int, { nullable: true, description: MAX_DELAY })
  maxDelayMs?: number | null;

  @Field(() => Boolean, { nullable: true, description: TYPING })
  typing?: boolean | null;

  @Field(() => Int, { nullable: true, description: PER_MINUTE })
  perMinute?: number | null;

  @Field(() => Int, { nullable: true, description: PER_HOUR })
  perHour?: number | null;

  @Field(() => Int, { nullable: true, description: PER_DAY })
  perDay?: number | null;

  @Field(() => Int, { nullable: true, description: NEW_CHATS })
  newChatsPerDay?: number | null;

  @Field(() => Int, { nullable: true, description: WARM_UP_DAYS })
  warmUpDays?: number | null;

  @Field(() => Int, { nullable: true, description: WARM_UP_PER_DAY })
  warmUpPerDay?: number | null;

  @Field(() => Int, { nullable: true, description: WARM_UP_NEW_CHATS })
  warmUpNewChatsPerDay?: number | null;

  @Field(() => SendingHoursInput, { nullable: true, description: HOURS })
  sendingHours?: SendingHoursInput | null;
}
