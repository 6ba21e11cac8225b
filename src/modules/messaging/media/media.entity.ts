import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Message } from '../message/message.entity.js';
import type { MediaKind } from '../message/message.kind.js';

export const MEDIA_STATES = ['PENDING', 'AVAILABLE', 'FAILED'] as const;
export type MediaState = (typeof MEDIA_STATES)[number];

const MediaSchema = tenantEntity({
  name: 'Media',
  tableName: 'message_media',
  properties: {
    messageId: p.uuid().primary(),
    deviceId: p.uuid(),
    // ANY: as its content type says, once it is here.
    type: p.text().$type<MediaKind | 'ANY'>(),
    state: p.text().$type<MediaState>(),
    sourceUrl: p.text().nullable(),
    storageKey: p.text().nullable(),
    mimeType: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    sha256: p.text().nullable(),
    fileName: p.text().nullable(),
    attemptCount: p.integer(),
    dueAt: p.datetime().nullable(),
    failure: p.text().nullable(),
  },
});

/** What is known of a file before it is here. */
export interface AwaitedFile {
  readonly type: MediaKind | 'ANY';
  readonly sourceUrl: string | null;
  readonly mimeType: string | null;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
  readonly fileName: string | null;
  readonly dueAt: Date;
}

export interface StoredFile {
  readonly storageKey: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The attachment of one message. Outbound it is fetched from `sourceUrl`, inbound downloaded from WhatsApp. */
export class Media extends MediaSchema.class {
  static awaited(message: Message, facts: AwaitedFile): Media {
    const media = new Media();
    media.messageId = message.id;
    media.agencyId = message.agencyId;
    media.subaccountId = message.subaccountId;
    media.deviceId = message.deviceId;
    media.state = 'PENDING';
    media.storageKey = null;
    media.attemptCount = 0;
    media.failure = null;
    return Object.assign(media, facts);
  }

  /** One more try begins; another process may begin the next one at `lookAgainAt`. */
  begin(lookAgainAt: Date): void {
    this.attemptCount += 1;
    this.dueAt = lookAgainAt;
  }

  store(file: StoredFile): void {
    this.state = 'AVAILABLE';
    this.storageKey = file.storageKey;
    this.mimeType = file.mimeType;
    this.sizeBytes = file.sizeBytes;
    this.sha256 = file.sha256;
    this.dueAt = null;
    this.failure = null;
  }

  postpone(dueAt: Date, failure: string): void {
    this.dueAt = dueAt;
    this.failure = failure;
  }

  fail(failure: string): void {
    this.state = 'FAILED';
    this.dueAt = null;
    this.failure = failure;
  }
}

MediaSchema.setClass(Media);
