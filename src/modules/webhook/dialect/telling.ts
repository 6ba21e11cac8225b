import type { StoredEvent } from '../../../kernel/events.js';
import type { Media, Subject } from '../../messaging/index.js';

/** What a dialect puts into words. */
export interface Telling {
  readonly event: StoredEvent;
  readonly subject: Subject;
  /** A link to a file that works without a token; longer than a delivery is tried. */
  linkTo(media: Media): string;
}

export interface TestFacts {
  readonly eventId: string;
  readonly subaccountId: string;
  readonly at: Date;
}

/** A receiver's own words for what happened. */
export interface DialectWords {
  /** null: the dialect has no words for it, the receiver is told nothing. */
  tell(telling: Telling): object | null;
  /** What a test says. */
  test(facts: TestFacts): object;
  readonly timeoutMs: number;
  /** Headers beside those of Standard Webhooks. */
  headers?(body: string, secret: string): Readonly<Record<string, string>>;
  /** Messages that the receiver's answer asks to send back. */
  replies?(answer: string): readonly Reply[];
}

export interface Reply {
  readonly text: string | null;
  readonly mediaUrl: string | null;
}

export const DEFAULT_TIMEOUT_MS = 20_000;
