import { whatsappErrors } from '../errors.js';
import { SessionFencedError, type LinkedIdentity, type SessionClose } from '../ports.js';
import type {
  FrozenMessage,
  SendHooks,
  SendOutcome,
  SessionOptions,
  UploadRequest,
  WhatsAppSession,
} from '../session.js';
import { AuthState } from './auth-state.js';
import { BoundedCache } from './bounded-cache.js';
import { CatchUp } from './catch-up.js';
import { closeFromStoreError, closeOf } from './close-reasons.js';
import { deferred } from './deferred.js';
import { InboundStanzas, type InboundStanza } from './inbound-stanzas.js';
import { Link } from './link.js';
import { LiveLink } from './live-link.js';
import { ObserverQueue } from './observer-queue.js';
import { Pairing } from './pairing.js';
import type { Settings } from './settings.js';
import { socketConfig } from './socket-config.js';
import { endUnlinked, removeFromPhone } from './unlink.js';

/** Signal sessions and the like that one device keeps in memory. */
const CACHED_KEYS = 200;
const UNLINK_ATTEMPTS = 3;
/** WhatsApp's code for "linked; log in now". */
const RESTART = 515;
/** What is already on its way to the store may arrive; nothing waits longer for it. */
const LAST_COMMIT_MS = 1_000;

/** One device's life from `open` to `onClosed`: sockets come and go inside (pairing, login), the session is one. */
export class BaileysSession implements WhatsAppSession {
  readonly #options: SessionOptions;
  readonly #settings: Settings;
  readonly #shared: BoundedCache;
  readonly #observers: ObserverQueue;
  readonly #over: Promise<void>;
  #auth: AuthState | null = null;
  #link: Link | null = null;
  #live: LiveLink | null = null;
  #ending: SessionClose | null = null;
  #isLinkConfirmed = false;

  constructor(options: SessionOptions, settings: Settings, shared: BoundedCache) {
    this.#options = options;
    this.#settings = settings;
    this.#shared = shared;
    this.#observers = new ObserverQueue(options.observer, (error) => {
      this.#end(closeOf('OBSERVER_FAILED', { detail: error instanceof Error ? error.message : 'rejected' }));
    });
    this.#over = this.#runToTheEnd();
  }

  get isOpen(): boolean {
    return this.#live !== null && this.#ending === null && this.#link?.isOver === false;
  }

  get identity(): LinkedIdentity | null {
    return this.#auth?.identity ?? null;
  }

  async send(message: FrozenMessage, hooks: SendHooks = {}): Promise<SendOutcome> {
    const live = this.isOpen ? this.#live : null;
    return live?.send(message, hooks) ?? { kind: 'NOT_WRITTEN', retryable: true, detail: 'not connected' };
  }

  async uploadMedia(request: UploadRequest): Promise<Uint8Array> {
    return this.#connected().uploadMedia(request);
  }

  async downloadMedia(
    content: Uint8Array,
    toPath: string,
    limit: { readonly maxBytes: number },
  ): Promise<number> {
    return this.#connected().downloadMedia(content, toPath, limit.maxBytes);
  }

  async findOnWhatsApp(phoneNumber: string): Promise<{ exists: boolean; lid: string | null }> {
    return this.#connected().findOnWhatsApp(phoneNumber);
  }

  async setTyping(to: string, typing: boolean): Promise<void> {
    await this.#connected().setTyping(to, typing);
  }

  async watchTyping(chat: string): Promise<void> {
    await this.#connected().watchTyping(chat);
  }

  async markRead(chat: string, participant: string | null, whatsappIds: readonly string[]): Promise<void> {
    await this.#connected().markRead(chat, participant, whatsappIds);
  }

  async logOut(): Promise<void> {
    this.#connected();
    const link = this.#link;
    if (link !== null && (await removeFromPhone(link)))
      this.#end(closeOf('LOGGED_OUT', { detail: 'logged out by us' }));
    else throw whatsappErrors.WHATSAPP_UNANSWERED();
    await this.#over;
  }

  close(): Promise<void> {
    this.#end(closeOf('CLOSED_BY_US'));
    return this.#over;
  }

  #connected(): LiveLink {
    if (this.#live === null || !this.isOpen) throw whatsappErrors.WHATSAPP_NOT_CONNECTED();
    return this.#live;
  }

  #end(close: SessionClose): void {
    this.#ending ??= close;
    this.#link?.end(close);
  }

  async #runToTheEnd(): Promise<void> {
    // Nothing happens before `open` has returned the session.
    await Promise.resolve();
    let close: SessionClose;
    try {
      close = await this.#run();
    } catch (error) {
      close = closeFromStoreError(error);
    }
    await this.#finish(this.#ending ?? close);
  }

  async #run(): Promise<SessionClose> {
    const cache = new BoundedCache(CACHED_KEYS, () => this.#settings.clock.monotonicMs());
    const auth = await AuthState.load(this.#options.auth, cache, (error) =>
      this.#end(closeFromStoreError(error)),
    );
    this.#auth = auth;
    const refusal = this.#refusal(auth);
    if (refusal !== null) return refusal;
    if (this.#options.unlink === true) return this.#unlink(auth);
    if (auth.identity === null) {
      const close = await this.#pair(auth);
      if (close !== null) return close;
    }
    if (this.#ending !== null) return this.#ending;
    if (!auth.accepted) {
      const close = this.#isLinkConfirmed ? null : await this.#tryLink(auth);
      if (close !== null) return close;
      if (!(await this.#askWhetherWanted(auth))) return this.#unlink(auth);
      await auth.accept();
    }
    return this.#logIn(auth);
  }

  /** Why this session cannot even start. */
  #refusal(auth: AuthState): SessionClose | null {
    if (this.#ending !== null) return this.#ending;
    const pairing = this.#options.pairing !== undefined;
    if (!pairing && auth.identity === null)
      return closeOf('LOGGED_OUT', { detail: 'there are no credentials' });
    if (pairing && auth.accepted) {
      // A mistake of the caller must not cost a live link its credentials.
      return { ...closeOf('PAIRING_FAILED', { detail: 'the device is linked already' }), action: 'STOP' };
    }
    return null;
  }

  /** Null when the phone has linked us. */
  async #pair(auth: AuthState): Promise<SessionClose | null> {
    const { pairing: request } = this.#options;
    if (request === undefined) return closeOf('PAIRING_FAILED');
    const { link } = this.#openLink(auth);
    const { loginTimeoutMs } = this.#settings.timeouts;
    const pairing = new Pairing(link, request, this.#observers, this.#settings);
    link.bound(loginTimeoutMs, pairing.firstCode, () =>
      closeOf('CONNECT_TIMED_OUT', { detail: 'WhatsApp offered no code' }),
    );
    const never = new AbortController().signal;
    link.socket.ev.on('connection.update', ({ isNewLogin }) => {
      // Our answer makes the link: without what the phone has confirmed nobody could ever log in with it, or remove it.
      if (isNewLogin === true) link.holdWrites(auth.saveCredentials());
      // WhatsApp ends this socket now (515): the login needs a fresh one.
      if (isNewLogin === true) link.bound(loginTimeoutMs, never, () => closeOf('RESTART_REQUIRED'));
    });
    const close = await link.ended;
    if (auth.identity === null) {
      const { code, detail } = close;
      // The library's word for a phone whose signature does not fit.
      return close.reason === 'BAD_SESSION' ? closeOf('PAIRING_FAILED', { code, detail }) : close;
    }
    await auth.saveCredentials();
    this.#isLinkConfirmed = close.code === RESTART;
    return null;
  }

  /**
   * WhatsApp links us when our answer to the phone's confirmation has reached it, and says so by asking for the restart. Where that word is
   * missing, because the socket or the process ended, only a login tells. Null when the link stands.
   */
  async #tryLink(auth: AuthState): Promise<SessionClose | null> {
    const { link } = this.#openLink(auth);
    const stands = deferred<null>();
    link.socket.ws.prependListener('CB:success', () => stands.resolve(null));
    link.bound(this.#settings.timeouts.loginTimeoutMs, new AbortController().signal, () =>
      closeOf('CONNECT_TIMED_OUT', { detail: 'the login was not answered' }),
    );
    const refusal = await Promise.race([stands.promise, link.ended]);
    link.end(closeOf('RESTART_REQUIRED'));
    await link.ended;
    if (refusal?.reason !== 'LOGGED_OUT' || this.#options.pairing === undefined) return refusal;
    // The pairing goes on: the next socket shows another code.
    await this.#options.auth.erase();
    return closeOf('CONNECTION_LOST', { detail: 'WhatsApp did not learn that the phone confirmed' });
  }

  async #askWhetherWanted(auth: AuthState): Promise<boolean> {
    const { identity } = auth;
    return identity !== null && this.#observers.tell((observer) => observer.onPaired(identity));
  }

  async #logIn(auth: AuthState): Promise<SessionClose> {
    if (this.#ending !== null) return this.#ending;
    const opened = new AbortController();
    const { link, inbound, catchUp } = this.#openLink(auth);
    const surroundings = { observers: this.#observers, shared: this.#shared, settings: this.#settings };
    const live = new LiveLink({ link, auth, inbound, catchUp, ...surroundings });
    link.bound(this.#settings.timeouts.loginTimeoutMs, opened.signal, () =>
      closeOf('CONNECT_TIMED_OUT', { detail: 'the login was not answered' }),
    );
    link.socket.ev.on('connection.update', ({ connection }) => {
      const { identity } = auth;
      if (connection !== 'open' || identity === null) return;
      opened.abort();
      this.#live = live;
      void this.#observers.tell((observer) => observer.onOpen(identity));
      live.start(identity);
    });
    return link.ended;
  }

  /** A socket that has just paired is not logged in; only one that is can remove itself from the phone. */
  async #unlink(auth: AuthState): Promise<SessionClose> {
    let removed = false;
    for (let attempt = 0; attempt < UNLINK_ATTEMPTS && !removed; attempt += 1) {
      const { link } = this.#openLink(auth);
      const done = deferred<boolean>();
      link.socket.ws.prependListener('CB:success', () => void removeFromPhone(link).then(done.resolve));
      link.bound(this.#settings.timeouts.loginTimeoutMs, new AbortController().signal, () =>
        closeOf('CONNECT_TIMED_OUT'),
      );
      removed = await Promise.race([done.promise, link.ended.then((close) => close.reason === 'LOGGED_OUT')]);
      endUnlinked(link);
      await link.ended;
    }
    const detail = removed ? 'the link was removed again' : 'the link could not be removed from the phone';
    return closeOf('PAIRING_REJECTED', { detail });
  }

  #openLink(auth: AuthState): { link: Link; inbound: InboundStanzas; catchUp: CatchUp } {
    const { deviceId } = this.#options;
    const inbound: InboundStanzas = new InboundStanzas({
      me: () => ({ id: link.socket.user?.id ?? '', lid: link.socket.user?.lid ?? '' }),
      identity: () => auth.identity,
      findPhone: (lid) => link.socket.signalRepository.lidMapping.getPNForLID(lid),
      onStored: () => this.#observers.tellInbox(),
      onSettled: (stanza: InboundStanza) => catchUp.settled(stanza),
    });
    const config = socketConfig(this.#settings, deviceId, auth, inbound, this.#shared);
    const link: Link = new Link(config, this.#settings);
    const catchUp = new CatchUp(this.#settings.clock, link.signal, () => {
      void this.#observers.tell((observer) => observer.onCaughtUp());
    });
    this.#link = link;
    if (this.#ending !== null) link.end(this.#ending);
    link.socket.ev.on('creds.update', () => auth.credentialsChanged());
    return { link, inbound, catchUp };
  }

  async #finish(close: SessionClose): Promise<void> {
    this.#ending ??= close;
    this.#live = null;
    const auth = this.#auth;
    try {
      // An unlinked device has nothing worth keeping; what a 401 or a logout ended cannot be used again.
      const erase = close.action === 'STOP_AND_ERASE' || (auth !== null && auth.identity === null);
      if (auth !== null) await this.#letLastCommitPass(auth);
      if (erase && close.reason !== 'FENCED') await this.#options.auth.erase();
    } catch (error) {
      // They are the new owner's by now.
      if (!(error instanceof SessionFencedError)) this.#warn('the credentials could not be erased', error);
    }
    try {
      await this.#observers.tellLast((observer) => observer.onClosed(close));
    } catch (error) {
      this.#warn('an observer failed at onClosed', error);
    }
  }

  async #letLastCommitPass(auth: AuthState): Promise<void> {
    const passed = new AbortController();
    const flushed = auth.writer.flush().then(
      () => undefined,
      () => undefined,
    );
    const tooLong = this.#settings.clock.sleep(LAST_COMMIT_MS, passed.signal).catch(() => undefined);
    await Promise.race([flushed, tooLong]);
    passed.abort();
    auth.writer.stop();
  }

  #warn(message: string, error: unknown): void {
    const cause = error instanceof Error ? error.message : 'unknown';
    this.#settings.logger.warn({ deviceId: this.#options.deviceId, cause }, message);
  }
}
