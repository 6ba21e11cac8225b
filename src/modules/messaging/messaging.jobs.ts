import { Context } from '../../kernel/context.js';
import type { Job } from '../../platform/queue/job-contracts.js';
import type { ConversationWaker } from './conversation/conversation.waker.js';
import type { InboundService } from './inbound/inbound.service.js';
import type { MediaFetchService } from './media/media-fetch.service.js';
import type { MediaSweepService } from './media/media-sweep.service.js';
import type { DeadMessageService } from './outbound/dead-message.service.js';

/** The maintenance that messages need, and how often. */
export const MESSAGING_SCHEDULES = [
  { name: 'messages.end_dead', everyMs: 10_000 },
  { name: 'media.wake_due', everyMs: 10_000 },
  { name: 'inbox.apply_left', everyMs: 10_000 },
  { name: 'inbox.trim', everyMs: 60 * 60_000 },
  { name: 'conversations.wake_due', everyMs: 5_000 },
] as const;

/** Consumers of the `media` and `maintenance` queues: parse, scope, one call of a service. */
export class MessagingJobs {
  readonly #fetches: MediaFetchService;
  readonly #media: MediaSweepService;
  readonly #inbound: InboundService;
  readonly #dead: DeadMessageService;
  readonly #conversations: ConversationWaker;

  constructor(options: {
    readonly mediaFetches: MediaFetchService;
    readonly mediaSweep: MediaSweepService;
    readonly inbound: InboundService;
    readonly deadMessages: DeadMessageService;
    readonly conversations: ConversationWaker;
  }) {
    this.#fetches = options.mediaFetches;
    this.#media = options.mediaSweep;
    this.#inbound = options.inbound;
    this.#dead = options.deadMessages;
    this.#conversations = options.conversations;
  }

  async media(job: Job<'media'>, signal: AbortSignal): Promise<void> {
    const { messageId, ...scope } = job.data;
    await this.#fetches.fetch(Context.forJob(job.name, scope), messageId, signal);
  }

  /** Returns whether the job was one of messaging's. */
  async maintenance(job: Job<'maintenance'>, signal: AbortSignal): Promise<boolean> {
    switch (job.name) {
      case 'messages.end_dead':
        await this.#dead.sweep(signal);
        return true;
      case 'media.wake_due':
        await this.#media.sweep(signal);
        return true;
      case 'inbox.apply_left':
        await this.#inbound.applyLeft(signal);
        return true;
      case 'inbox.trim':
        await this.#inbound.purge(signal);
        return true;
      case 'conversations.wake_due':
        await this.#conversations.wakeDue(signal);
        return true;
      default:
        return false;
    }
  }
}
