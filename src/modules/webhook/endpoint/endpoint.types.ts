import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { EventTopicEnum } from '../../../graphql/kit/event.types.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime, Url } from '../../../graphql/kit/scalars.js';
import type { EventTopic } from '../../../kernel/events.js';
import { DeviceType } from '../../device/index.js';
import type { Device } from '../../device/index.js';
import type { Dialect } from '../dialect/dialect.names.js';
import type {
  DisabledReason,
  EndpointAttention,
  EndpointStatus,
  WebhookEndpoint,
} from './endpoint.entity.js';

export const WebhookDialectEnum = {
  TRUNKLINE: 'TRUNKLINE',
  WAGY: 'WAGY',
  WHATSPIE: 'WHATSPIE',
  WAPIZ: 'WAPIZ',
} as const satisfies Record<Dialect, Dialect>;
registerEnumType(WebhookDialectEnum, {
  name: 'WebhookDialect',
  description: 'In whose words an endpoint is told what happened.',
  valuesConfig: {
    TRUNKLINE: { description: 'Ours: topic, id, occurredAt and data.' },
    WAGY: { description: "Wagy's events and signature. The URL must answer Wagy's challenge first." },
    WHATSPIE: { description: "Whatspie's incoming messages; the answer may hold a reply, which is sent." },
    WAPIZ: { description: "WAPIZ's incoming messages." },
  },
});

export const WebhookEndpointStatusEnum = { ENABLED: 'ENABLED', DISABLED: 'DISABLED' } as const;
registerEnumType(WebhookEndpointStatusEnum, {
  name: 'WebhookEndpointStatus',
  description: 'Whether an endpoint is told what happens.',
  valuesConfig: {
    ENABLED: { description: 'It is.' },
    DISABLED: { description: 'It is not, and what happens meanwhile is not kept for it.' },
  },
});

const WebhookDisabledReasonEnum = {
  BY_USER: 'BY_USER',
  GONE: 'GONE',
  FAILING: 'FAILING',
} as const satisfies Record<DisabledReason, DisabledReason>;
registerEnumType(WebhookDisabledReasonEnum, {
  name: 'WebhookDisabledReason',
  description: 'Why an endpoint is switched off.',
  valuesConfig: {
    BY_USER: { description: 'Somebody switched it off.' },
    GONE: { description: 'It answered 410 Gone.' },
    FAILING: { description: 'Nothing but failures for five days.' },
  },
});

const WebhookAttentionEnum = {
  FAILING: 'FAILING',
  DISABLED_FAILING: 'DISABLED_FAILING',
  DISABLED_GONE: 'DISABLED_GONE',
} as const satisfies Record<EndpointAttention, EndpointAttention>;
registerEnumType(WebhookAttentionEnum, {
  name: 'WebhookAttention',
  description: 'Why a person should look at an endpoint.',
  valuesConfig: {
    FAILING: { description: 'Its latest tries failed; after five days of that it is switched off.' },
    DISABLED_FAILING: { description: 'It was switched off after five days of nothing but failures.' },
    DISABLED_GONE: { description: 'It was switched off because it answered 410 Gone.' },
  },
});

@ObjectType('WebhookEndpoint', {
  implements: Node,
  description: 'Where what happens in a subaccount is sent to. Its secret cannot be read again.',
})
export class WebhookEndpointType extends Node {
  constructor(readonly endpoint: WebhookEndpoint) {
    super('WebhookEndpoint', endpoint.id, endpoint.subaccountId);
  }

  @Field(() => Url, { description: 'Its address.' })
  get url(): string {
    return this.endpoint.url;
  }

  @Field(() => [EventTopicEnum], { description: 'What it is told about; empty: everything.' })
  get topics(): EventTopic[] {
    return this.endpoint.topics as EventTopic[];
  }

  @Field(() => WebhookDialectEnum, { description: 'In whose words.' })
  get dialect(): Dialect {
    return this.endpoint.dialect;
  }

  @Field(() => WebhookEndpointStatusEnum, { description: 'Whether it is told anything.' })
  get status(): EndpointStatus {
    return this.endpoint.status;
  }

  @Field(() => WebhookDisabledReasonEnum, { nullable: true, description: 'Why it is switched off.' })
  get disabledReason(): DisabledReason | null {
    return this.endpoint.disabledReason ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when it is switched off.' })
  get disabledAt(): Date | null {
    return this.endpoint.disabledAt ?? null;
  }

  @Field(() => [WebhookAttentionEnum], { description: 'Why a person should look at it; mostly empty.' })
  get attention(): readonly EndpointAttention[] {
    return this.endpoint.attention;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when every try failed; null: the last did not.',
  })
  get failingSince(): Date | null {
    return this.endpoint.failingSince ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When a try last succeeded, to about a minute.' })
  get lastSuccessAt(): Date | null {
    return this.endpoint.lastSuccessAt ?? null;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when the secret of before the rotation signs as well.',
  })
  get previousSecretExpiresAt(): Date | null {
    return this.endpoint.previousSecretUntil ?? null;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.endpoint.createdAt;
  }

  @Field(() => DateTime, { description: 'When it was changed last.' })
  get updatedAt(): Date {
    return this.endpoint.updatedAt;
  }
}

export const { connection: WebhookEndpointConnection } = connectionTypes(
  'WebhookEndpoint',
  WebhookEndpointType,
);

@InputType('WebhookEndpointFilter', { description: 'Which endpoints; all conditions together.' })
export class WebhookEndpointFilterInput {
  @Field(() => WebhookEndpointStatusEnum, { nullable: true, description: 'Is switched on, or off.' })
  status?: EndpointStatus | null;

  @Field(() => ID, { nullable: true, description: 'Is about this device alone.' })
  deviceId?: string | null;
}

@ArgsType()
export class WebhookEndpointConnectionArgs extends ConnectionArgs {
  @Field(() => WebhookEndpointFilterInput, { nullable: true, description: 'Which endpoints.' })
  filter?: WebhookEndpointFilterInput | null;
}

@InputType('CreateWebhookEndpointInput', { description: 'A new endpoint.' })
export class CreateWebhookEndpointInput {
  @Field(() => ID, { description: 'The subaccount whose events it is told.' })
  subaccountId!: string;

  @Field(() => ID, { nullable: true, description: 'Only what happens to this device; left out: everything.' })
  deviceId?: string | null;

  @Field(() => Url, {
    description:
      'A public https address; others only where the configuration of the server lets them through.',
  })
  url!: string;

  @Field(() => [EventTopicEnum], {
    nullable: true,
    description: 'What it is told about; left out: everything.',
  })
  topics?: EventTopic[] | null;

  @Field(() => WebhookDialectEnum, {
    nullable: true,
    defaultValue: WebhookDialectEnum.TRUNKLINE,
    description: 'In whose words.',
  })
  dialect?: Dialect | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the subaccount for 24 hours: the same call again returns the same endpoint.',
  })
  idempotencyKey?: string | null;
}

@InputType('UpdateWebhookEndpointInput', {
  description: 'What to change of an endpoint; what is left out stays.',
})
export class UpdateWebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  webhookEndpointId!: string;

  @Field(() => Url, { nullable: true, description: 'Another address.' })
  url?: string | null;

  @Field(() => [EventTopicEnum], { nullable: true, description: 'Other topics; empty: everything.' })
  topics?: EventTopic[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Switches it on or off.' })
  enabled?: boolean | null;
}

@InputType('WebhookEndpointInput', { description: 'Which endpoint.' })
export class WebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  webhookEndpointId!: string;
}

@InputType('RotateWebhookSecretInput', { description: 'Which endpoint needs a new secret.' })
export class RotateWebhookSecretInput {
  @Field(() => ID, { description: 'The endpoint.' })
  webhookEndpointId!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 86_400,
    description: 'How many seconds the old secret signs as well: 0 to 604800.',
  })
  graceSeconds?: number | null;
}

@InputType('SetDeviceWebhookInput', { description: 'The webhook of a device.' })
export class SetDeviceWebhookInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;

  @Field(() => String, { nullable: true, description: 'A public https address; null or empty removes it.' })
  url?: string | null;

  @Field(() => WebhookDialectEnum, { nullable: true, description: 'In whose words; left out: as before.' })
  dialect?: Dialect | null;
}

@ObjectType('WebhookSecretPayload', { description: 'An endpoint and its new secret.' })
export class WebhookSecretPayload {
  @Field(() => WebhookEndpointType, { description: 'The endpoint.' })
  readonly webhookEndpoint: WebhookEndpointType;

  @Field(() => String, { description: 'What signs. It is shown this once.' })
  readonly secret: string;

  constructor({ endpoint, secret }: { readonly endpoint: WebhookEndpoint; readonly secret: string }) {
    this.webhookEndpoint = new WebhookEndpointType(endpoint);
    this.secret = secret;
  }
}

@ObjectType('UpdateWebhookEndpointPayload', { description: 'What updateWebhookEndpoint answers.' })
export class UpdateWebhookEndpointPayload {
  @Field(() => WebhookEndpointType, { description: 'The endpoint as it is now.' })
  readonly webhookEndpoint: WebhookEndpointType;

  constructor(endpoint: WebhookEndpoint) {
    this.webhookEndpoint = new WebhookEndpointType(endpoint);
  }
}

@ObjectType('SetDeviceWebhookPayload', { description: 'What setDeviceWebhook answers.' })
export class SetDeviceWebhookPayload {
  @Field(() => DeviceType, { description: 'The device.' })
  readonly device: DeviceType;

  @Field(() => WebhookEndpointType, { nullable: true, description: 'Its webhook; null: removed.' })
  readonly webhookEndpoint: WebhookEndpointType | null;

  @Field(() => String, {
    nullable: true,
    description: 'What signs, when the device had no webhook before. It is shown this once.',
  })
  readonly secret: string | null;

  constructor(
    device: Device,
    webhook: { readonly endpoint: WebhookEndpoint | null; readonly secret: string | null },
  ) {
    this.device = new DeviceType(device);
    this.webhookEndpoint = webhook.endpoint === null ? null : new WebhookEndpointType(webhook.endpoint);
    this.secret = webhook.secret;
  }
}
