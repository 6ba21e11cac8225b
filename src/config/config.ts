import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { OutboundRule, TrustProxy, WhatsAppVersion } from './formats.js';
import { PROCESS_ROLES, variables } from './variables.js';
import type { LogLevel, ProcessRole, VariableName, Variables } from './variables.js';

export interface Config {
  /** Stays the same when a process follows another one in its place. */
  readonly nodeName: string;
  /** Never the same twice: tells a process from the one before it. */
  readonly runName: string;
  readonly roles: readonly ProcessRole[];
  readonly dataDir: string;
  readonly mediaDir: string;
  /** null: the embedded PostgreSQL. `migrationUrl` is the owner's. */
  readonly database: { readonly url: string; readonly migrationUrl: string | null } | null;
  /** Besides those for leases and queues. */
  readonly databaseConnections: number;
  readonly redisUrl: string | null;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Without trailing slash; null until somebody knows better than http://host:port. */
    readonly publicUrl: string | null;
    readonly trustProxy: TrustProxy;
    readonly allowedOrigins: readonly string[];
  };
  /** null: nobody watches. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** 64 hexadecimal digits; null: kept in a file below `dataDir`. */
  readonly masterKey: string | null;
  readonly operatorKey: string | null;
  /** uuid of the agency that takes in whoever signs up; null: none. */
  readonly signupAgencyId: string | null;
  readonly outboundAllow: readonly OutboundRule[];
  /** Of one token; 0: no limit. */
  readonly apiCostPerMinute: number;
  /** How long the audit log is kept, at least. */
  readonly auditRetentionDays: number;
  readonly leaseTtlMs: number;
  /** Of devices whose own policy says nothing. */
  readonly defaultPacing: 'ON' | 'OFF';
  /** Below each message of a package that has it. */
  readonly brandLine: string;
  readonly whatsapp: {
    readonly websocketUrl: string;
    readonly version: WhatsAppVersion | null;
    readonly connectsPerSecond: number;
    readonly mediaHost: string | null;
    readonly mediaCaFile: string | null;
  };
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
}

export interface ConfigProblem {
  readonly variable: VariableName;
  readonly message: string;
}

/** Everything that is wrong with the configuration, at once. Values are not repeated: some are secret. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  - ${problem.variable} ${problem.message}`);
    super(`The configuration is not valid:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the environment. Throws {@link ConfigError}; variables that are none of ours are ignored, empty ones count as unset. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = variables.safeParse(given);
  const problems = [...(parsed.error?.issues ?? []).map(toProblem), ...crossFieldProblems(given)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(toConfig(parsed.data));
}

function toProblem(issue: { path: PropertyKey[]; message: string }): ConfigProblem {
  return { variable: String(issue.path[0]) as VariableName, message: issue.message };
}

/** REDIS_URL beside the embedded database is allowed: one machine may well have a Redis already. */
function crossFieldProblems(given: Partial<Record<string, string>>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (given['DATABASE_URL'] !== undefined && given['MASTER_KEY'] === undefined) {
    const message =
      'is required with DATABASE_URL, and must be the same on every machine; make one with: openssl rand -base64 32';
    problems.push({ variable: 'MASTER_KEY', message });
  }
  if (given['DATABASE_MIGRATION_URL'] !== undefined && given['DATABASE_URL'] === undefined) {
    const message =
      'says how to migrate an external database; set DATABASE_URL as well, or neither for the embedded one';
    problems.push({ variable: 'DATABASE_MIGRATION_URL', message });
  }
  if (given['DATABASE_URL'] !== undefined && given['DATABASE_URL'] === given['DATABASE_MIGRATION_URL']) {
    const message =
      'must name another role than DATABASE_MIGRATION_URL: row-level security does not bind the owner';
    problems.push({ variable: 'DATABASE_URL', message });
  }
  const caFile = given['WHATSAPP_MEDIA_CA_FILE'];
  if (caFile !== undefined && !isReadable(caFile)) {
    problems.push({ variable: 'WHATSAPP_MEDIA_CA_FILE', message: `cannot be read: ${caFile}` });
  }
  return problems;
}

function toConfig(values: Variables): Config {
  const dataDir = path.resolve(values.DATA_DIR ?? defaultDataDir());
  const place = values.NODE_NAME ?? (values.DATABASE_URL === undefined ? ALONE : undefined);
  const runName = `${place ?? hostPart()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  return {
    nodeName: place ?? runName,
    runName,
    roles: values.ROLES === undefined ? [...PROCESS_ROLES] : [...new Set(values.ROLES)],
    dataDir,
    mediaDir: path.resolve(values.MEDIA_DIR ?? path.join(dataDir, 'media')),
    database:
      values.DATABASE_URL === undefined
        ? null
        : { url: values.DATABASE_URL, migrationUrl: values.DATABASE_MIGRATION_URL ?? null },
    databaseConnections: values.DATABASE_CONNECTIONS ?? 20,
    redisUrl: values.REDIS_URL ?? null,
    http: {
      host: values.HOST ?? '127.0.0.1',
      port: values.PORT ?? 3000,
      publicUrl: values.PUBLIC_URL ?? null,
      trustProxy: values.TRUST_PROXY ?? false,
      allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    },
    metrics:
      values.METRICS_PORT === undefined
        ? null
        : { host: values.METRICS_HOST ?? '127.0.0.1', port: values.METRICS_PORT },
    masterKey: values.MASTER_KEY ?? null,
    operatorKey: values.OPERATOR_KEY ?? null,
    signupAgencyId: values.SIGNUP_AGENCY ?? null,
    outboundAllow: values.OUTBOUND_ALLOW ?? [],
    apiCostPerMinute: values.API_COST_PER_MINUTE ?? 600_000,
    auditRetentionDays: values.AUDIT_RETENTION_DAYS ?? 400,
    leaseTtlMs: (values.LEASE_TTL_SECONDS ?? 30) * 1_000,
    defaultPacing: values.DEFAULT_PACING === 'off' ? 'OFF' : 'ON',
    brandLine: values.BRAND_LINE ?? 'Powered by Trunkline',
    whatsapp: {
      websocketUrl: values.WHATSAPP_WEBSOCKET_URL ?? 'wss://web.whatsapp.com/ws/chat',
      version: values.WHATSAPP_VERSION ?? null,
      connectsPerSecond: values.CONNECTS_PER_SECOND ?? 20,
      mediaHost: values.WHATSAPP_MEDIA_HOST ?? null,
      mediaCaFile: values.WHATSAPP_MEDIA_CA_FILE ?? null,
    },
    log: {
      level: values.LOG_LEVEL ?? 'info',
      format: values.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    },
  };
}

function defaultDataDir(): string {
  return process.getuid?.() === 0 ? '/var/lib/trunkline' : '.data';
}

/**
 * On the embedded database: its folder lets in one process at a time, so whoever comes next is the heir of the one before, and takes its devices
 * back at once instead of waiting for its leases to end.
 */
const ALONE = 'alone';

/** Queue names and the hint relay take the name as it is, so it is kept to their alphabet. */
function hostPart(): string {
  return hostname()
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 40);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[]) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
