import type { Clock } from '../../../kernel/clock.js';
import type { Hints } from '../../../platform/pubsub/hints.js';
import type { TypingUpdate } from '../../../whatsapp/index.js';
import type { LiveSession } from '../../device/index.js';
import { sessionRequest, sessionTopic, typingTopic } from './presence.signals.js';
import type { SessionRequest } from './presence.signals.js';

/** Nobody types for longer without saying so again. While we seem to, the owner's phone may keep quiet about new messages. */
const TYPING_MS = 10_000;

/** Who types to whom, where a device is connected: asked for and told as it happens, kept nowhere. */
export class SessionPresence {
  readonly #hints: Hints;
  readonly #clock: Clock;
  readonly #served = new WeakSet<LiveSession>();

  constructor(options: { readonly hints: Hints; readonly clock: Clock }) {
    this.#hints = options.hints;
    this.#clock = options.clock;
  }

  /** Does what is asked of the session until it is over. */
  serve(live: LiveSession): void {
    if (this.#served.has(live) || live.signal.aborted) return;
    this.#served.add(live);
    const typing = new Map<string, AbortController>();
    const end = this.#hints.onSignal(sessionTopic(live.device.id), (data) => {
      const request = sessionRequest.safeParse(data);
      // What cannot be shown now is not worth showing later.
      if (request.success) void this.#do(live, request.data, typing).catch(() => undefined);
    });
    live.signal.addEventListener('abort', end, { once: true });
  }

  tell({ device }: LiveSession, update: TypingUpdate): void {
    this.#hints.signal(typingTopic(device.id), update);
  }

  async #do(live: LiveSession, request: SessionRequest, typing: Map<string, AbortController>): Promise<void> {
    const { to } = request;
    if (request.kind === 'WATCH') return live.session.watchTyping(to);
    typing.get(to)?.abort();
    typing.delete(to);
    await live.session.setTyping(to, request.typing);
    if (!request.typing) return;
    const renewed = new AbortController();
    typing.set(to, renewed);
    await this.#clock.sleep(TYPING_MS, AbortSignal.any([renewed.signal, live.signal]));
    typing.delete(to);
    await live.session.setTyping(to, false);
  }
}
