import type { AuthState } from './auth-state.js';
import type { Link } from './link.js';
import type { Settings } from './settings.js';

/**
 * Learns the account's own name, which a private account tells only in its synchronised settings: without a name the library
 * never says that we are online, and WhatsApp shows the typing of those only who are.
 */
export function learnPushName(link: Link, auth: AuthState, { logger }: Settings): void {
  let asked = false;
  const ask = (): void => {
    if (asked || link.isOver || auth.identity === null || auth.identity.name !== null) return;
    asked = true;
    link.socket.resyncAppState(['critical_block'], false).catch((error: unknown) => {
      const cause = error instanceof Error ? error.message : 'unknown';
      if (!link.isOver) logger.warn({ cause }, "the account's name could not be read");
    });
  };
  // The phone hands over the key to the settings during the first login.
  if (auth.library.creds.myAppStateKeyId !== undefined) ask();
  link.socket.ev.on('creds.update', ({ myAppStateKeyId }) => {
    if (myAppStateKeyId !== undefined) ask();
  });
}
