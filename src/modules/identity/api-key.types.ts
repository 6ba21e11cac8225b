import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import { tokenPrefix } from '../../platform/crypto/tokens.js';
import type { ApiKey } from './api-key.entity.js';
import type { CreatedApiKey } from './api-key.service.js';

@ObjectType('ApiKey', {
  implements: Node,
  description: 'A secret for machines. The secret itself cannot be read again.',
})
export class ApiKeyType extends Node {
  constructor(readonly apiKey: ApiKey) {
    super('ApiKey', apiKey.id, apiKey.subaccountId);
  }

  @Field(() => String, { description: 'What it is for.' })
  get name(): string {
    return this.apiKey.name;
  }

  @Field(() => String, { description: 'How its secret begins.' })
  get prefix(): string {
    return tokenPrefix('api_key');
  }

  @Field(() => String, { description: 'How its secret ends.' })
  get lastFour(): string {
    return this.apiKey.lastFour;
  }

  @Field(() => [String], { description: 'The actions that it allows; "*" for all of its owner.' })
  get scopes(): string[] {
    return this.apiKey.scopes;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.apiKey.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it was used last, to about a minute.' })
  get lastUsedAt(): Date | null {
    return this.apiKey.lastUsedAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it stops by itself; null: never.' })
  get expiresAt(): Date | null {
    return this.apiKey.expiresAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked.' })
  get revokedAt(): Date | null {
    return this.apiKey.revokedAt ?? null;
  }
}

@InputType('CreateApiKeyInput', {
  description: 'A new key of an agency or of a subaccount: name exactly one.',
})
export class CreateApiKeyInput {
  @Field(() => ID, { nullable: true, description: 'The agency, all of whose subaccounts the key sees.' })
  agencyId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The only subaccount that the key sees.' })
  subaccountId?: string | null;

  @Field(() => String, { description: 'What it is for: 1 to 200 characters.' })
  name!: string;

  @Field(() => [String], {
    description: 'Actions such as message:send, or "*" for all of its owner; at most what the caller may do.',
  })
  scopes!: string[];

  @Field(() => DateTime, { nullable: true, description: 'When it stops by itself; never when left out.' })
  expiresAt?: Date | null;
}

@ObjectType('CreateApiKeyPayload', { description: 'What createApiKey answers.' })
export class CreateApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The key.' })
  readonly apiKey: ApiKeyType;

  @Field(() => String, { description: 'Send it as "Authorization: Bearer …". It is shown this once.' })
  readonly secret: string;

  constructor({ apiKey, secret }: CreatedApiKey) {
    this.apiKey = new ApiKeyType(apiKey);
    this.secret = secret;
  }
}

@InputType('RevokeApiKeyInput', { description: 'The key to stop.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  apiKeyId!: string;

  @Field(() => ID, { nullable: true, description: 'Its agency; only the operator needs to say.' })
  agencyId?: string | null;
}

@ObjectType('RevokeApiKeyPayload', { description: 'What revokeApiKey answers.' })
export class RevokeApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The key, revoked.' })
  readonly apiKey: ApiKeyType;

  constructor(apiKey: ApiKey) {
    this.apiKey = new ApiKeyType(apiKey);
  }
}

export const { connection: ApiKeyConnection } = connectionTypes('ApiKey', ApiKeyType);
