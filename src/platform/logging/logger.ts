import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Config } from '../../config/config.js';
import { AppError } from '../../kernel/errors.js';
import { redact } from './redaction.js';
import { sourceStack } from './source-stack.js';

export type Logger = PinoLogger;

/**
 * The log of a process. Lines are objects first, errors under `err`: `logger.warn({ err, deviceId }, 'device closed')`.
 * Every finished line passes the redactor, so what a caller or a library puts into it does not matter.
 */
export function createLogger(
  config: { readonly log: Config['log']; readonly nodeName?: string },
  destination: DestinationStream = pino.destination(1),
): Logger {
  const stream = config.log.format === 'pretty' ? prettyStream(destination) : destination;
  return pino(
    {
      level: config.log.level,
      base: config.nodeName === undefined ? null : { node: config.nodeName },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: serialiseError, error: serialiseError },
      hooks: { streamWrite: redactLine },
    },
    stream,
  );
}

function prettyStream(destination: DestinationStream): DestinationStream {
  const format = prettyFactory({ colorize: process.stdout.isTTY, ignore: 'pid,hostname,node' });
  return {
    write: (line) => {
      destination.write(format(line));
    },
  };
}

/** The log of one part of the process; `facts` (ids) are repeated on each of its lines. */
export function childLogger(logger: Logger, component: string, facts: Record<string, unknown> = {}): Logger {
  return logger.child({ component, ...facts });
}

function redactLine(line: string): string {
  return `${JSON.stringify(redactFields(JSON.parse(line) as Record<string, unknown>))}\n`;
}

/** Fields of the line itself are ours; `node` is its process, not a stanza. */
function redactFields(line: Record<string, unknown>): unknown {
  const { level, time, node, ...rest } = line;
  const own = typeof node === 'string' ? { node } : {};
  return { level, time, ...own, ...(redact(rest) as object) };
}

/** Errors of libraries carry requests, rows and stanzas: only these fields are kept. */
function serialiseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(error instanceof AppError && { kind: error.kind, reason: error.reason }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: sourceStack(error),
    ...(error.cause !== undefined && { cause: serialiseError(error.cause) }),
  };
}
