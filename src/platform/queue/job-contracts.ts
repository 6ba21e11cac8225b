import { z } from 'zod';

/**
 * Every job there is. Jobs are wake-ups: payloads carry ids and nothing else, what is to be done stands in the
 * database. During an update old and new processes share the queues, so a field that is added later is optional.
 */
const device = z.object({ agencyId: z.uuid(), subaccountId: z.uuid(), deviceId: z.uuid() });
const message = device.extend({ messageId: z.uuid() });
const endpoint = z.object({ agencyId: z.uuid(), subaccountId: z.uuid(), endpointId: z.uuid() });
const subaccount = z.object({ agencyId: z.uuid(), subaccountId: z.uuid() });
const automationRun = subaccount.extend({ runId: z.uuid() });
const operation = z.object({ agencyId: z.uuid(), subaccountId: z.uuid(), operationId: z.uuid() });
const nothing = z.object({});

export const JOB_CONTRACTS = {
  /** One queue for each process that holds sessions: look at this device. */
  wake: {
    /** Messages are due. */
    'device.drain': device,
    /** What the device should be doing has changed: pair, connect, log out, stop. */
    'device.reconcile': device,
    /** Received messages wait to be applied. */
    'device.apply_inbox': device,
    /** Messages were marked as read. */
    'device.tell_reads': device,
    /** Files of received messages are due. */
    'device.download': device,
  },
  media: {
    /** Fetch the file of an outgoing message from its URL. */
    'media.fetch': message,
  },
  webhook: {
    /** Deliver what is due to this endpoint. */
    'webhook.deliver': endpoint,
  },
  automation: {
    /** Take on what rules of this subaccount have to do. */
    'automation.run_due': subaccount,
    /** Call the server that is next in this run. */
    'automation.call': automationRun,
  },
  bulk: {
    /** Go on with an import or export. */
    'bulk.run': operation,
  },
  maintenance: {
    'events.trim': nothing,
    'idempotency_keys.trim': nothing,
    'partitions.extend': nothing,
    /** End waiting messages that can never leave. */
    'messages.end_dead': nothing,
    /** Wake whoever fetches or downloads files that are due. */
    'media.wake_due': nothing,
    /** Apply what processes received that are gone. */
    'inbox.apply_left': nothing,
    'inbox.trim': nothing,
    /** Open snoozed conversations whose time has come. */
    'conversations.wake_due': nothing,
    /** Read on what happened to conversations. */
    'inbox.follow': nothing,
    'node_queues.remove': nothing,
    /** Find endpoints whose deliveries are due. */
    'webhooks.wake_due': nothing,
    'webhooks.trim': nothing,
    /** Find runs and silent conversations whose time has come. */
    'automation.wake_due': nothing,
    'automation.trim': nothing,
    /** Find imports and exports that nobody runs. */
    'bulk_operations.wake_due': nothing,
    'bulk_operations.trim': nothing,
    /** Count what the event log tells of messages. */
    'usage.count': nothing,
    /** Take over what somebody did from the event log. */
    'audit.collect': nothing,
    'audit.trim': nothing,
  },
} as const;

export type QueueFamily = keyof typeof JOB_CONTRACTS;
export type JobName<F extends QueueFamily> = Extract<keyof (typeof JOB_CONTRACTS)[F], string>;
export type JobData<F extends QueueFamily, N extends JobName<F>> = object &
  ((typeof JOB_CONTRACTS)[F][N] extends z.ZodType<infer Data> ? Data : never);
/** What every job of the wake family carries. */
export type DeviceJobData = z.infer<typeof device>;

/** A job as its consumer gets it: parsed, told apart by `name`. */
export type Job<F extends QueueFamily> = {
  [N in JobName<F>]: {
    readonly name: N;
    readonly data: JobData<F, N>;
    /** 1 for the first try. */
    readonly attempt: number;
  };
}[JobName<F>];

export interface QueueRef<F extends QueueFamily = QueueFamily> {
  readonly family: F;
  readonly name: string;
}

export const MEDIA_QUEUE: QueueRef<'media'> = { family: 'media', name: 'media' };
export const WEBHOOK_QUEUE: QueueRef<'webhook'> = { family: 'webhook', name: 'webhook' };
export const AUTOMATION_QUEUE: QueueRef<'automation'> = { family: 'automation', name: 'automation' };
export const BULK_QUEUE: QueueRef<'bulk'> = { family: 'bulk', name: 'bulk' };
export const MAINTENANCE_QUEUE: QueueRef<'maintenance'> = { family: 'maintenance', name: 'maintenance' };

export const WAKE_PREFIX = 'wake-';

/** The queue of one process that holds sessions. */
export function wakeQueue(node: string): QueueRef<'wake'> {
  return { family: 'wake', name: `${WAKE_PREFIX}${node}` };
}

/** Throws on an unknown name or a payload that breaks the contract. */
export function parseJob<F extends QueueFamily>(
  family: F,
  name: string,
  data: unknown,
  attempt: number,
): Job<F> {
  const contracts: Readonly<Record<string, z.ZodType>> = JOB_CONTRACTS[family];
  const contract = contracts[name];
  if (contract === undefined) throw new Error(`unknown job ${family} ${name}`);
  return { name, data: contract.parse(data), attempt } as Job<F>;
}
