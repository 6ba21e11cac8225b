import type { Claim, Inbox, Outbox } from '../modules/messaging/index.js';
import type { WhatsApp } from '../whatsapp/index.js';

/** Moments at which the end of the process is hardest to get right. */
export const CRASH_POINTS = [
  'drain.before_claim',
  'drain.after_claim',
  /** Recorded as written, and not written yet. */
  'drain.before_wire',
  'drain.after_wire',
  /** WhatsApp has it, and the database does not know. */
  'drain.after_ack',
  /** Decrypted, and neither the ratchet step nor the message is stored. */
  'inbox.before_commit',
  /** Stored, and WhatsApp has not been told. */
  'inbox.after_commit',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Told whenever a point is reached; a test ends the process in it. */
export type CrashPoints = (point: CrashPoint) => void;

/** Lets the parts of a session tell of their crash points. Without this call there are none, and nothing is paid for them. */
export function armCrashPoints(
  parts: { readonly outbox?: Outbox; readonly inbox?: Inbox; readonly whatsapp?: WhatsApp },
  reach: CrashPoints,
): void {
  if (parts.outbox !== undefined) armOutbox(parts.outbox, reach);
  if (parts.inbox !== undefined) armInbox(parts.inbox, reach);
  if (parts.whatsapp !== undefined) armWhatsApp(parts.whatsapp, reach);
}

function armOutbox(outbox: Outbox, reach: CrashPoints): void {
  const claim = outbox.claim.bind(outbox);
  const markWritten = outbox.markWritten.bind(outbox);
  const settle = outbox.settle.bind(outbox);
  const settleAcked = outbox.settleAcked.bind(outbox);
  const settleAndClaim = outbox.settleAndClaim.bind(outbox);
  const isMessage = (claim: Claim): boolean =>
    claim !== null && typeof claim === 'object' && 'messages' in claim;
  Object.assign(outbox, {
    claim: async (...given: Parameters<Outbox['claim']>) => {
      reach('drain.before_claim');
      const claimed = await claim(...given);
      if (isMessage(claimed)) reach('drain.after_claim');
      return claimed;
    },
    markWritten: async (...given: Parameters<Outbox['markWritten']>) => {
      const marked = await markWritten(...given);
      if (marked) reach('drain.before_wire');
      return marked;
    },
    settle: async (...given: Parameters<Outbox['settle']>) => {
      if (given[2].kind === 'ACKED') reach('drain.after_ack');
      await settle(...given);
    },
    settleAcked: async (...given: Parameters<Outbox['settleAcked']>) => {
      reach('drain.after_ack');
      await settleAcked(...given);
    },
    settleAndClaim: async (...given: Parameters<Outbox['settleAndClaim']>) => {
      reach('drain.after_ack');
      reach('drain.before_claim');
      const claimed = await settleAndClaim(...given);
      if (isMessage(claimed)) reach('drain.after_claim');
      return claimed;
    },
  } satisfies Partial<Outbox>);
}

function armInbox(inbox: Inbox, reach: CrashPoints): void {
  const writeInbox = inbox.writeInbox.bind(inbox);
  Object.assign(inbox, {
    writeInbox: async (...given: Parameters<Inbox['writeInbox']>) => {
      await writeInbox(...given);
      const [tx] = given;
      tx.afterCommit(() => reach('inbox.after_commit'));
      reach('inbox.before_commit');
    },
  } satisfies Partial<Inbox>);
}

function armWhatsApp(whatsapp: WhatsApp, reach: CrashPoints): void {
  const open = whatsapp.open.bind(whatsapp);
  Object.assign(whatsapp, {
    open: (...given: Parameters<WhatsApp['open']>) => {
      const session = open(...given);
      const send = session.send.bind(session);
      return Object.assign(session, {
        send: (message, hooks) =>
          send(message, {
            ...hooks,
            afterWire: async () => {
              await hooks?.afterWire?.();
              reach('drain.after_wire');
            },
          }),
      } satisfies Pick<typeof session, 'send'>);
    },
  } satisfies Partial<WhatsApp>);
}
