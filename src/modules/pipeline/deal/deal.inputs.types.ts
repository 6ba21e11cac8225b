import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs } from '../../../graphql/kit/connection.js';
import { LocalDate, SafeInt } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import { StageKindEnum } from '../pipeline.types.js';
import type { StageKind } from '../stage.entity.js';
import type { Deal } from './deal.entity.js';
import type { DealChanges, DealPlace, NewDeal } from './deal.input.js';
import type { DealFilter } from './deal.queries.js';
import { DealType } from './deal.types.js';

const VERSION =
  'The version that you saw. When it is another one by now, the call is a CONFLICT: STALE_VERSION.';

@InputType('MoneyInput', { description: 'An amount in a currency.' })
export class MoneyInput {
  @Field(() => SafeInt, { description: 'In the smallest unit of the currency: 1999 is 19.99 USD.' })
  amountMinor = 0;

  @Field(() => String, { description: 'ISO 4217, such as IDR.' })
  currency = '';
}

/** What people fill in of a deal. */
@InputType({ description: 'What people fill in of a deal.' })
abstract class DealFactsInput {
  @Field(() => ID, { nullable: true, description: 'The person who may buy: a contact of the subaccount.' })
  contactId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The user who looks after it.' })
  ownerId?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'What it is worth.' })
  value?: MoneyInput | null;

  @Field(() => LocalDate, { nullable: true, description: 'When it is expected to be closed.' })
  expectedCloseOn?: string | null;

  @Field(() => [String], { nullable: true, description: 'Its tags: at most 50, each of 1 to 50 characters.' })
  tags?: string[] | null;

  protected people(): { contactId: string | null | undefined; ownerId: string | null | undefined } {
    return {
      contactId: uuidOf('Contact', this.contactId, 'input.contactId'),
      ownerId: uuidOf('User', this.ownerId, 'input.ownerId'),
    };
  }
}

@InputType('CreateDealInput', { description: 'A new deal.' })
export class CreateDealInput extends DealFactsInput {
  @Field(() => ID, { description: 'The pipeline that it goes through.' })
  pipelineId = '';

  @Field(() => ID, { nullable: true, description: 'The stage that it begins in; default: the first one.' })
  stageId?: string | null;

  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  title = '';

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the subaccount for 24 hours: the same call again returns the same deal.',
  })
  idempotencyKey?: string | null;

  toRequest(): NewDeal {
    const { title, value, expectedCloseOn, tags, idempotencyKey } = this;
    return {
      pipelineId: fromPublicId('Pipeline', this.pipelineId, 'input.pipelineId'),
      stageId: uuidOf('Stage', this.stageId, 'input.stageId'),
      ...this.people(),
      ...{ title, value, expectedCloseOn, tags, idempotencyKey },
    };
  }
}

@InputType('UpdateDealInput', {
  description: 'What to change of a deal; what is left out stays, null takes it away.',
})
export class UpdateDealInput extends DealFactsInput {
  @Field(() => ID, { description: 'The deal.' })
  dealId = '';

  @Field(() => Int, { description: VERSION })
  version = 0;

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was lost, of a lost one: 1 to 500 characters.',
  })
  lostReason?: string | null;

  toChanges(): DealChanges {
    const { version, title, value, expectedCloseOn, lostReason, tags } = this;
    const facts = { version, value, expectedCloseOn, lostReason, ...this.people() };
    return { ...facts, title: title ?? undefined, tags: tags === null ? [] : tags };
  }
}

@InputType('MoveDealInput', { description: 'Where to put a deal.' })
export class MoveDealInput {
  @Field(() => ID, { description: 'The deal.' })
  dealId = '';

  @Field(() => Int, { description: VERSION })
  version = 0;

  @Field(() => ID, { description: 'The stage to put it into; its own one to give it another place there.' })
  stageId = '';

  @Field(() => ID, { nullable: true, description: 'The deal directly before it; left out: it comes first.' })
  afterDealId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was lost, into a LOST stage: 1 to 500 characters.',
  })
  lostReason?: string | null;

  toPlace(): DealPlace {
    const { version, lostReason } = this;
    const stageId = fromPublicId('Stage', this.stageId, 'input.stageId');
    return {
      version,
      lostReason,
      stageId,
      afterDealId: uuidOf('Deal', this.afterDealId, 'input.afterDealId'),
    };
  }
}

@InputType('DealInput', { description: 'Which deal.' })
export class DealInput {
  @Field(() => ID, { description: 'The deal.' })
  dealId = '';
}

@ObjectType('DealPayload', { description: 'What a mutation of a deal answers.' })
export class DealPayload {
  @Field(() => DealType, { description: 'The deal as it is now.' })
  readonly deal: DealType;

  constructor(deal: Deal) {
    this.deal = new DealType(deal);
  }
}

@InputType('DealFilter', { description: 'Which deals; all conditions together.' })
export class DealFilterInput {
  @Field(() => ID, { nullable: true, description: 'In this pipeline.' })
  pipelineId?: string | null;

  @Field(() => ID, { nullable: true, description: 'In this stage.' })
  stageId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Looked after by this user.' })
  ownerId?: string | null;

  @Field(() => ID, { nullable: true, description: 'With this contact.' })
  contactId?: string | null;

  @Field(() => [StageKindEnum], { nullable: true, description: 'Open, won or lost.' })
  status?: StageKind[] | null;

  @Field(() => String, { nullable: true, description: 'Has exactly this tag.' })
  tag?: string | null;

  toFilter(): DealFilter {
    return {
      pipelineId: uuidOf('Pipeline', this.pipelineId, 'filter.pipelineId'),
      stageId: uuidOf('Stage', this.stageId, 'filter.stageId'),
      ownerId: uuidOf('User', this.ownerId, 'filter.ownerId'),
      contactId: uuidOf('Contact', this.contactId, 'filter.contactId'),
      status: this.status,
      tag: this.tag,
    };
  }
}

@ArgsType()
export class DealConnectionArgs extends ConnectionArgs {
  @Field(() => DealFilterInput, { nullable: true, description: 'Which deals.' })
  filter?: DealFilterInput | null;
}

function uuidOf(type: NodeType, id: string | null | undefined, path: string): string | null | undefined {
  return id == null ? id : fromPublicId(type, id, path);
}
