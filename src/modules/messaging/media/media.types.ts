import 'reflect-metadata';
import { Field, Float, ObjectType } from 'type-graphql';
import { Url } from '../../../graphql/kit/scalars.js';
import { MediaStateEnum } from '../message/message.enums.types.js';
import type { Media, MediaState } from './media.entity.js';

@ObjectType('Media', { description: 'The file of a message.' })
export class MediaType {
  readonly media: Media;

  @Field(() => Url, {
    nullable: true,
    description: 'Where to get it, without a token, for a limited time; null while it is not here.',
  })
  readonly url: string | null;

  constructor(media: Media, url: string | null) {
    this.media = media;
    this.url = url;
  }

  @Field(() => MediaStateEnum, { description: 'Where it is.' })
  get state(): MediaState {
    return this.media.state;
  }

  @Field(() => String, { nullable: true, description: 'Its content type, such as image/jpeg.' })
  get mimeType(): string | null {
    return this.media.mimeType ?? null;
  }

  @Field(() => Float, { nullable: true, description: 'Its size in bytes.' })
  get sizeBytes(): number | null {
    return this.media.sizeBytes ?? null;
  }

  @Field(() => String, { nullable: true, description: 'SHA-256 of its bytes, hexadecimal.' })
  get sha256(): string | null {
    return this.media.sha256 ?? null;
  }

  @Field(() => String, { nullable: true, description: 'Its name.' })
  get fileName(): string | null {
    return this.media.fileName ?? null;
  }

  @Field(() => String, { nullable: true, description: 'What went wrong with the last try to get it.' })
  get failure(): string | null {
    return this.media.failure ?? null;
  }
}
