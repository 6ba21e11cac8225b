import type { Clock } from '../../../../kernel/clock.js';
import type { LiveSession, SendPolicy } from '../../../device/index.js';

/** Of somebody who types fast. */
const MS_PER_CHARACTER = 40;
const MIN_TYPING_MS = 800;
/** Nobody waits longer for a long text; it may have been pasted. */
const MAX_TYPING_MS = 8_000;

/** How long writing this takes; 0: it is not typed. */
export function typingMs(text: string | null): number {
  if (text === null) return 0;
  return Math.min(MAX_TYPING_MS, Math.max(MIN_TYPING_MS, text.length * MS_PER_CHARACTER));
}

/**
 * Shows "typing…" to the recipient for as long as the text takes, then runs `send`. What goes wrong with it is no reason not to send.
 * It ends early when the session does, or when `stopped` is aborted.
 */
export async function whileTyping<T>(
  live: LiveSession,
  message: { readonly to: string; readonly text: string | null },
  options: { readonly policy: SendPolicy | null; readonly clock: Clock; readonly stopped: AbortSignal },
  send: () => Promise<T>,
): Promise<T> {
  const { policy, clock, stopped } = options;
  const durationMs = typingMs(message.text);
  if (policy?.pacing !== 'ON' || !policy.typing || durationMs === 0) return send();
  await live.session.setTyping(message.to, true).catch(() => undefined);
  await clock.sleep(durationMs, AbortSignal.any([live.signal, stopped])).catch(() => undefined);
  try {
    return await send();
  } finally {
    await live.session.setTyping(message.to, false).catch(() => undefined);
  }
}
