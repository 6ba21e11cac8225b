import 'reflect-metadata';
import { FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { Clock } from '../../../kernel/clock.js';
import { DeviceType } from '../device.types.js';
import { sendPolicyOf } from './send-policy.js';
import type { Pacing } from './send-policy.js';
import { SendPolicyType } from './send-policy.types.js';
import { capsOf } from './warm-up.js';

@Resolver(() => DeviceType)
export class SendPolicyResolver {
  readonly #clock: Clock;
  readonly #defaultPacing: Pacing;

  constructor(options: { readonly clock: Clock; readonly defaultPacing: Pacing }) {
    this.#clock = options.clock;
    this.#defaultPacing = options.defaultPacing;
  }

  @Access('device:read')
  @FieldResolver(() => SendPolicyType, { description: 'How it protects its number while sending.' })
  sendPolicy(@Root() { device }: DeviceType): SendPolicyType {
    const policy = sendPolicyOf(device.sendPolicy, this.#defaultPacing);
    return new SendPolicyType(policy, capsOf(policy, device.numberSince ?? null, this.#clock.now()));
  }
}
