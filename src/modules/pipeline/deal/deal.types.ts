import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime, LocalDate, SafeInt } from '../../../graphql/kit/scalars.js';
import { toPublicId } from '../../../kernel/ids.js';
import { StageKindEnum } from '../pipeline.types.js';
import type { StageKind } from '../stage.entity.js';
import type { DealMove } from './deal-move.entity.js';
import type { Deal } from './deal.entity.js';
import type { DealTotal } from './deal.totals.js';
import { decimalsOf } from './money.js';
import type { Money } from './money.js';

@ObjectType('Money', { description: 'An amount in a currency.' })
export class MoneyType {
  constructor(readonly money: Money) {}

  @Field(() => SafeInt, { description: 'In the smallest unit of the currency: 1999 is 19.99 USD.' })
  get amountMinor(): number {
    return this.money.amountMinor;
  }

  @Field(() => String, { description: 'ISO 4217, such as IDR.' })
  get currency(): string {
    return this.money.currency;
  }

  @Field(() => Int, { description: 'How many decimals the currency has.' })
  get decimals(): number {
    return decimalsOf(this.money.currency);
  }
}

@ObjectType('Deal', { implements: Node, description: 'Something that may be sold.' })
export class DealType extends Node {
  constructor(readonly deal: Deal) {
    super('Deal', deal.id, deal.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get title(): string {
    return this.deal.title;
  }

  @Field(() => StageKindEnum, { description: 'The kind of its stage.' })
  get status(): StageKind {
    return this.deal.status;
  }

  @Field(() => MoneyType, { nullable: true, description: 'What it is worth.' })
  get value(): MoneyType | null {
    const { value } = this.deal;
    return value === null ? null : new MoneyType(value);
  }

  @Field(() => ID, { nullable: true, description: 'The user who looks after it.' })
  get ownerId(): string | null {
    return this.deal.ownerId == null ? null : toPublicId('User', this.deal.ownerId);
  }

  @Field(() => LocalDate, { nullable: true, description: 'When it is expected to be closed.' })
  get expectedCloseOn(): string | null {
    return this.deal.expectedCloseOn ?? null;
  }

  @Field(() => String, { nullable: true, description: 'Why it was lost.' })
  get lostReason(): string | null {
    return this.deal.lostReason ?? null;
  }

  @Field(() => Int, { description: 'Counts its changes; name the one that you saw when you change it.' })
  get version(): number {
    return this.deal.version;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it was won or lost.' })
  get closedAt(): Date | null {
    return this.deal.closedAt ?? null;
  }

  @Field(() => DateTime, { description: 'When it was opened.' })
  get createdAt(): Date {
    return this.deal.createdAt;
  }

  @Field(() => DateTime, { description: 'When it changed last.' })
  get updatedAt(): Date {
    return this.deal.updatedAt;
  }
}

@ObjectType('DealMove', { description: 'One step in the history of a deal, with the names of then.' })
export class DealMoveType {
  constructor(readonly move: DealMove) {}

  @Field(() => ID, { nullable: true, description: 'The stage that it left; null where it was opened.' })
  get fromStageId(): string | null {
    return this.move.fromStageId == null ? null : toPublicId('Stage', this.move.fromStageId);
  }

  @Field(() => String, { nullable: true, description: 'What that stage was called.' })
  get fromStageName(): string | null {
    return this.move.fromStageName ?? null;
  }

  @Field(() => ID, { description: 'The stage that it came into.' })
  get toStageId(): string {
    return toPublicId('Stage', this.move.toStageId);
  }

  @Field(() => String, { description: 'What that stage was called.' })
  get toStageName(): string {
    return this.move.toStageName;
  }

  @Field(() => ID, { nullable: true, description: 'The user who moved it; null: a key, or a rule.' })
  get movedById(): string | null {
    return this.move.movedBy == null ? null : toPublicId('User', this.move.movedBy);
  }

  @Field(() => DateTime, { description: 'When it was moved.' })
  get movedAt(): Date {
    return this.move.movedAt;
  }
}

@ObjectType('DealTotal', { description: 'What the deals of one stage, owner and currency come to.' })
export class DealTotalType {
  constructor(readonly total: DealTotal) {}

  @Field(() => ID, { description: 'The stage.' })
  get stageId(): string {
    return toPublicId('Stage', this.total.stageId);
  }

  @Field(() => ID, { nullable: true, description: 'The user who looks after them; null: nobody.' })
  get ownerId(): string | null {
    return this.total.ownerId === null ? null : toPublicId('User', this.total.ownerId);
  }

  @Field(() => Int, { description: 'How many they are.' })
  get count(): number {
    return this.total.count;
  }

  @Field(() => MoneyType, { nullable: true, description: 'Their values together; null: they have none.' })
  get value(): MoneyType | null {
    const { currency, amountMinor } = this.total;
    return currency === null ? null : new MoneyType({ amountMinor, currency });
  }
}

export const { connection: DealConnection } = connectionTypes('Deal', DealType);
