import type { Logger } from './logger.js';

/** The logger that Baileys takes, by shape: the library itself is out of reach here. */
export interface ProtocolLogger {
  level: string;
  child(bindings: Record<string, unknown>): ProtocolLogger;
  trace(object: unknown, message?: string): void;
  debug(object: unknown, message?: string): void;
  info(object: unknown, message?: string): void;
  warn(object: unknown, message?: string): void;
  error(object: unknown, message?: string): void;
}

/**
 * Baileys puts stanzas, keys and whole messages into its log objects. Only numbers, booleans and errors come
 * through, and only from `warn` on.
 */
export function createProtocolLogger(logger: Logger): ProtocolLogger {
  const target = logger.child({ component: 'baileys' });
  const ignore = (): void => undefined;
  const wrap: ProtocolLogger = {
    level: 'warn',
    child: () => wrap,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: (object, message) => target.warn(harmless(object), textOf(object, message)),
    error: (object, message) => target.error(harmless(object), textOf(object, message)),
  };
  return wrap;
}

function harmless(object: unknown): Record<string, unknown> {
  if (object instanceof Error) return { err: object };
  if (typeof object !== 'object' || object === null) return {};
  return Object.fromEntries(
    Object.entries(object).filter(
      ([, value]) => typeof value === 'number' || typeof value === 'boolean' || value instanceof Error,
    ),
  );
}

function textOf(object: unknown, message: string | undefined): string {
  return message ?? (typeof object === 'string' ? object : 'protocol library');
}
