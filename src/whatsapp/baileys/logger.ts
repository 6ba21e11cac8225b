import { systemClock, type Clock } from '../../kernel/clock.js';
import { Repetition } from './repetition.js';
import type { ILogger } from '@whiskeysockets/baileys/lib/Utils/logger.js';

/** The part of a pino logger that this folder writes to. */
export interface SessionLogger {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Long digit runs are phone numbers or LIDs. */
function mask(text: string): string {
  return text.replace(/\d{6,}/g, (digits) => `${digits.slice(0, 2)}${'*'.repeat(digits.length - 2)}`);
}

function textOf(first: unknown, message: string | undefined): string {
  return message ?? (typeof first === 'string' ? first : 'message of the WhatsApp library');
}

function causeOf(first: unknown): string | undefined {
  if (typeof first !== 'object' || first === null) return undefined;
  const error: unknown =
    'err' in first ? first.err : 'error' in first ? first.error : 'e' in first ? first.e : null;
  return error instanceof Error ? mask(error.message) : undefined;
}

/** Beginnings of texts that tell what we chose (its advice), what our own events tell better, or what is no trouble. */
const DROPPED = ['⚠', 'stream errored out', 'no name present, ignoring presence update'];

/**
 * The library's logger. It hands over whole stanzas, keys and errors with payloads, so only its text and the message of an error pass on;
 * what it repeats for each of many messages that cannot be decrypted, is said now and then.
 */
export function libraryLogger(
  logger: SessionLogger,
  deviceId: string,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): ILogger {
  const repetition = new Repetition(clock);
  const silent = (): void => undefined;
  const pass = (level: 'warn' | 'error') => (first: unknown, message?: string) => {
    const text = textOf(first, message);
    if (DROPPED.some((beginning) => text.startsWith(beginning))) return;
    const line = `WhatsApp library: ${mask(text)}`;
    const repeated = repetition.pass(line);
    if (repeated === null) return;
    logger[level]({ deviceId, cause: causeOf(first), ...(repeated > 0 && { repeated }) }, line);
  };
  const self: ILogger = {
    level: 'warn',
    child: () => self,
    trace: silent,
    debug: silent,
    info: silent,
    warn: pass('warn'),
    error: pass('error'),
  };
  return self;
}
