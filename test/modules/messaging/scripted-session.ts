import { writeFile } from 'node:fs/promises';
import type {
  FrozenMessage,
  LinkedIdentity,
  SendHooks,
  SendOutcome,
  UploadRequest,
  WhatsAppSession,
} from '../../../src/whatsapp/index.js';

type Step = SendOutcome | ((message: FrozenMessage) => Promise<SendOutcome> | SendOutcome);

/** A session whose answers a test writes down. Without one it acknowledges. Only the wire itself is missing. */
export class ScriptedSession implements WhatsAppSession {
  isOpen = true;
  readonly identity: LinkedIdentity | null = null;
  /** What reached the wire, in order. */
  readonly written: FrozenMessage[] = [];
  /** Where typing was shown, and ended. */
  readonly typed: (readonly [to: string, typing: boolean])[] = [];
  readonly uploads: UploadRequest[] = [];
  /** What the next sends come to. */
  readonly script: Step[] = [];
  onUpload: () => Promise<Uint8Array> = async () => Buffer.from('uploaded');
  onDownload: () => Promise<Uint8Array> = async () => Buffer.from('file');

  async send(message: FrozenMessage, hooks: SendHooks = {}): Promise<SendOutcome> {
    const step = this.script.shift() ?? acked;
    const reachesWire = typeof step === 'function' || WRITES.has(step.kind);
    if (reachesWire) {
      try {
        await hooks.beforeWire?.();
      } catch (error) {
        return { kind: 'NOT_WRITTEN', retryable: true, detail: String(error) };
      }
      this.written.push(message);
    }
    return typeof step === 'function' ? step(message) : step;
  }

  async uploadMedia(request: UploadRequest): Promise<Uint8Array> {
    this.uploads.push(request);
    return this.onUpload();
  }

  async downloadMedia(_content: Uint8Array, toPath: string): Promise<number> {
    const bytes = await this.onDownload();
    await writeFile(toPath, bytes);
    return bytes.length;
  }

  async findOnWhatsApp(): Promise<{ readonly exists: boolean; readonly lid: null }> {
    return { exists: true, lid: null };
  }

  async setTyping(to: string, typing: boolean): Promise<void> {
    this.typed.push([to, typing]);
    await Promise.resolve();
  }

  async watchTyping(): Promise<void> {
    await Promise.resolve();
  }

  async markRead(): Promise<void> {
    await Promise.resolve();
  }

  async logOut(): Promise<void> {
    this.isOpen = false;
    await Promise.resolve();
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await Promise.resolve();
  }
}

const WRITES: ReadonlySet<string> = new Set(['ACKED', 'REFUSED', 'UNANSWERED']);
const acked = (message: FrozenMessage): SendOutcome => ({
  kind: 'ACKED',
  at: new Date(),
  address: message.to,
});
