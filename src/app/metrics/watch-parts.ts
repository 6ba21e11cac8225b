import type { StoredEvent } from '../../kernel/events.js';
import type { Supervisor } from '../../modules/device/index.js';
import type { Inbox, Outbox } from '../../modules/messaging/index.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import type { WhatsApp } from '../../whatsapp/index.js';
import type { ProcessMetrics } from './process-metrics.js';

/** Counts what parts of a process do, from outside: they know nothing of it, and nothing is paid without this call. */
export function watchParts(
  parts: {
    readonly whatsapp?: WhatsApp;
    readonly outbox?: Outbox;
    readonly inbox?: Inbox;
    readonly supervisor?: Supervisor;
    readonly eventFeed?: EventFeed;
  },
  metrics: ProcessMetrics,
): void {
  if (parts.whatsapp !== undefined) watchWhatsApp(parts.whatsapp, metrics);
  if (parts.outbox !== undefined) watchOutbox(parts.outbox, metrics);
  if (parts.inbox !== undefined) watchInbox(parts.inbox, metrics);
  if (parts.supervisor !== undefined) watchLeases(parts.supervisor, metrics);
  if (parts.eventFeed !== undefined) watchFeed(parts.eventFeed, metrics);
}

function watchWhatsApp(whatsapp: WhatsApp, metrics: ProcessMetrics): void {
  const open = whatsapp.open.bind(whatsapp);
  Object.assign(whatsapp, {
    open: (options) => {
      const { observer } = options;
      const onOpen = observer.onOpen.bind(observer);
      const onClosed = observer.onClosed.bind(observer);
      const onMessagesUnreadable = observer.onMessagesUnreadable.bind(observer);
      Object.assign(observer, {
        onOpen: (identity) => {
          metrics.logins.inc();
          return onOpen(identity);
        },
        onClosed: (close) => {
          metrics.closes.inc({ reason: close.reason });
          return onClosed(close);
        },
        onMessagesUnreadable: () => {
          metrics.quarantines.inc();
          return onMessagesUnreadable();
        },
      } satisfies Partial<typeof observer>);
      metrics.connects.inc();
      return open(options);
    },
  } satisfies Partial<WhatsApp>);
}

function watchOutbox(outbox: Outbox, metrics: ProcessMetrics): void {
  const settle = outbox.settle.bind(outbox);
  const settleAcked = outbox.settleAcked.bind(outbox);
  const settleAndClaim = outbox.settleAndClaim.bind(outbox);
  const count = (...[, { message }, result]: Parameters<Outbox['settle']>): void => {
    metrics.sends.inc({ outcome: result.kind });
    if (result.kind !== 'ACKED') return;
    const since = message.notBefore(message.createdAt);
    metrics.acceptToAck.observe(Math.max(0, result.at.getTime() - since.getTime()) / 1_000);
  };
  Object.assign(outbox, {
    settle: async (live, claimed, result) => {
      await settle(live, claimed, result);
      count(live, claimed, result);
    },
    settleAcked: async (live, acked) => {
      await settleAcked(live, acked);
      for (const { claimed, result } of acked) count(live, claimed, result);
    },
    settleAndClaim: async (live, acked, options) => {
      const next = await settleAndClaim(live, acked, options);
      for (const { claimed, result } of acked) count(live, claimed, result);
      return next;
    },
  } satisfies Partial<Outbox>);
}

function watchInbox(inbox: Inbox, metrics: ProcessMetrics): void {
  const writeInbox = inbox.writeInbox.bind(inbox);
  Object.assign(inbox, {
    writeInbox: async (tx, owned, entries) => {
      await writeInbox(tx, owned, entries);
      tx.afterCommit(() => metrics.inboundStored.inc(entries.length));
    },
  } satisfies Partial<Inbox>);
}

function watchLeases(supervisor: Supervisor, metrics: ProcessMetrics): void {
  const onLost = supervisor.onLost.bind(supervisor);
  Object.assign(supervisor, {
    onLost: (shards) => {
      metrics.leasesLost.inc(shards.length);
      onLost(shards);
    },
  } satisfies Partial<Supervisor>);
}

function watchFeed(feed: EventFeed, metrics: ProcessMetrics): void {
  const follow = feed.follow.bind(feed);
  Object.assign(feed, {
    follow: (ctx, options) => counted(follow(ctx, options), metrics),
  } satisfies Partial<EventFeed>);
}

async function* counted(
  events: AsyncGenerator<StoredEvent, void, undefined>,
  { subscriptions }: ProcessMetrics,
): AsyncGenerator<StoredEvent, void, undefined> {
  subscriptions.inc();
  try {
    yield* events;
  } finally {
    subscriptions.dec();
  }
}
