import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { EventType } from '../../../graphql/kit/event.types.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime, EventCursor, Url } from '../../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../../kernel/events.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { BulkFailure, BulkKind, BulkOperation, BulkStatus } from './bulk-operation.entity.js';
import { BULK_FAILURES, BULK_KINDS, BULK_STATUSES } from './bulk-operation.entity.js';

export const BulkKindEnum = namesOf(BULK_KINDS);
registerEnumType(BulkKindEnum, {
  name: 'BulkOperationKind',
  description: 'What is done with many contacts.',
  valuesConfig: {
    CONTACT_IMPORT: { description: 'Contacts are made and changed as a CSV file says.' },
    CONTACT_EXPORT: { description: 'Contacts are written into a CSV file.' },
  },
});

export const BulkStatusEnum = namesOf(BULK_STATUSES);
registerEnumType(BulkStatusEnum, {
  name: 'BulkOperationStatus',
  description: 'How far an operation is.',
  valuesConfig: {
    AWAITING_FILE: { description: 'Its file has not been uploaded yet.' },
    PENDING: { description: 'It waits for its turn.' },
    RUNNING: { description: 'It is under way.' },
    COMPLETED: { description: 'It is done; single rows may have failed.' },
    CANCELED: { description: 'Somebody ended it; what was done stays.' },
    FAILED: { description: 'It could not go on; what was done stays.' },
  },
});

export const BulkFailureEnum = namesOf(BULK_FAILURES);
registerEnumType(BulkFailureEnum, {
  name: 'BulkOperationFailure',
  description: 'Why an operation as a whole failed.',
  valuesConfig: {
    FILE_NOT_UTF8: { description: 'The file has another encoding than UTF-8; save it as "CSV UTF-8".' },
    FILE_MALFORMED: { description: 'The file is no CSV, for example because a quote is never closed.' },
    NO_PHONE_COLUMN: { description: 'No column holds phone numbers; call it phone_number, or name it.' },
    COLUMN_MISSING: { description: 'A column that the input names is not in the file.' },
    TOO_MANY_ROWS: { description: 'The file has more than 500,000 rows; split it.' },
    INTERNAL: { description: 'Something went wrong on our side, several times.' },
  },
});

function namesOf<const T extends readonly string[]>(names: T): { readonly [K in T[number]]: K } {
  return Object.fromEntries(names.map((name) => [name, name])) as { [K in T[number]]: K };
}

@ObjectType('BulkOperation', {
  implements: Node,
  description: 'Work on many contacts that goes on in the background; kept for 30 days.',
})
export class BulkOperationType extends Node {
  constructor(readonly operation: BulkOperation) {
    super('BulkOperation', operation.id, operation.subaccountId);
  }

  @Field(() => BulkKindEnum, { description: 'What is done.' })
  get kind(): BulkKind {
    return this.operation.kind;
  }

  @Field(() => BulkStatusEnum, { description: 'How far it is.' })
  get status(): BulkStatus {
    return this.operation.status;
  }

  @Field(() => BulkFailureEnum, { nullable: true, description: 'Why it failed.' })
  get failure(): BulkFailure | null {
    return this.operation.failure ?? null;
  }

  @Field(() => Int, { nullable: true, description: 'Rows in all; null until they are counted.' })
  get total(): number | null {
    return this.operation.total ?? null;
  }

  @Field(() => Int, { description: 'Rows that are done.' })
  get processed(): number {
    return this.operation.processed;
  }

  @Field(() => Int, { description: 'Contacts that an import made.' })
  get created(): number {
    return this.operation.createdCount;
  }

  @Field(() => Int, { description: 'Contacts that an import changed.' })
  get updated(): number {
    return this.operation.updatedCount;
  }

  @Field(() => Int, { description: 'Rows that could not be used; the error report says why.' })
  get failed(): number {
    return this.operation.failedCount;
  }

  @Field(() => ID, { nullable: true, description: 'The user who began it; null: a key.' })
  get createdById(): string | null {
    return this.operation.createdBy == null ? null : toPublicId('User', this.operation.createdBy);
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.operation.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it was over.' })
  get finishedAt(): Date | null {
    return this.operation.finishedAt ?? null;
  }
}

@ObjectType('BulkOperationUpdated', { implements: EventType, description: 'An operation went on.' })
export class BulkOperationUpdatedType extends EventType {
  @Field(() => ID, { description: 'The id of the operation.' })
  get bulkOperationId(): string {
    return toPublicId('BulkOperation', String(this.event.payload['bulkOperationId']));
  }
}

@ArgsType()
export class BulkOperationEventArgs {
  @Field(() => ID, { description: 'The subaccount to follow.' })
  subaccountId = '';

  @Field(() => ID, { nullable: true, description: 'Only this operation.' })
  bulkOperationId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Cursor of the last event seen: nothing after it is missed. Left out: from now on.',
  })
  after?: Cursor | null;
}

@InputType('BulkOperationInput', { description: 'Which operation.' })
export class BulkOperationInput {
  @Field(() => ID, { description: 'The operation.' })
  bulkOperationId = '';
}

@ObjectType('BulkOperationPayload', { description: 'What a mutation of an operation answers.' })
export class BulkOperationPayload {
  @Field(() => BulkOperationType, { description: 'The operation as it is now.' })
  readonly bulkOperation: BulkOperationType;

  constructor(operation: BulkOperation) {
    this.bulkOperation = new BulkOperationType(operation);
  }
}

@ObjectType('CreateContactImportPayload', { description: 'What createContactImport answers.' })
export class CreateContactImportPayload {
  @Field(() => BulkOperationType, { description: 'The operation, which awaits its file.' })
  readonly bulkOperation: BulkOperationType;

  @Field(() => Url, {
    description: 'Send the file there with PUT, at most 64 MiB, without a token. Then the import begins.',
  })
  readonly uploadUrl: string;

  @Field(() => DateTime, { description: 'Until when the upload has to begin.' })
  readonly uploadExpiresAt: Date;

  constructor(operation: BulkOperation, upload: { readonly url: string; readonly expiresAt: Date }) {
    this.bulkOperation = new BulkOperationType(operation);
    this.uploadUrl = upload.url;
    this.uploadExpiresAt = upload.expiresAt;
  }
}

export const { connection: BulkOperationConnection } = connectionTypes('BulkOperation', BulkOperationType);
