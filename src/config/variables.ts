import { z } from 'zod';
import {
  commaList,
  format,
  integer,
  parseAgencyId,
  parseHostPort,
  parseKey256,
  parseOrigin,
  parseOutboundRule,
  parsePublicUrl,
  parseTrustProxy,
  parseWhatsAppVersion,
  urlOf,
} from './formats.js';

/** What a process of the fleet does; a small installation is one process with all three. */
export const PROCESS_ROLES = ['api', 'worker', 'sessions'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface VariableFacts {
  readonly description: string;
  /** The default as a reader should see it. */
  readonly default: string;
  readonly secret?: true;
}

const facts = z.registry<VariableFacts>();

/** A variable that may be left out. Its facts become the `--help` text and the table of the README. */
function variable<T extends z.ZodType>(about: VariableFacts, schema: T) {
  const optional = schema.optional();
  facts.add<z.ZodType>(optional, about);
  return optional;
}

const role = (item: string): ProcessRole | undefined => PROCESS_ROLES.find((name) => name === item);

const address = format('must be an address or host name without scheme or port', (text) =>
  /^[A-Za-z0-9.:_-]+$/.test(text) ? text : undefined,
);

/** Every environment variable that Trunkline reads. */
export const variables = z.object({
  DATABASE_URL: variable(
    {
      description: 'PostgreSQL that holds everything; connect as the application role `trunkline_app`',
      default: 'an embedded PostgreSQL under `DATA_DIR`',
      secret: true,
    },
    urlOf(['postgres', 'postgresql'], 'postgres://trunkline_app:secret@db.example.com:5432/trunkline'),
  ),
  DATABASE_MIGRATION_URL: variable(
    {
      description: 'The same database as its owner; needed only to migrate',
      default: 'none: the server expects a migrated database',
      secret: true,
    },
    urlOf(['postgres', 'postgresql'], 'postgres://trunkline_owner:secret@db.example.com:5432/trunkline'),
  ),
  DATABASE_CONNECTIONS: variable(
    {
      description:
        'How many connections to PostgreSQL this process works with at most, 2 to 500; one more renews leases, and without `REDIS_URL` up to 16 more carry queues',
      default: '20',
    },
    integer(2, 500),
  ),
  REDIS_URL: variable(
    {
      description: 'Redis for job queues and hints; holds nothing that cannot be lost',
      default: 'queues and hints run on PostgreSQL',
      secret: true,
    },
    urlOf(['redis', 'rediss'], 'redis://cache.example.com:6379'),
  ),
  DATA_DIR: variable(
    {
      description: 'Folder of the embedded database, generated keys and media',
      default: '`.data`; `/var/lib/trunkline` for root',
    },
    z.string(),
  ),
  MEDIA_DIR: variable(
    {
      description: 'Folder of media files; shared by all machines of a fleet',
      default: '`media` below `DATA_DIR`',
    },
    z.string(),
  ),
  HOST: variable({ description: 'Address to listen on; `0.0.0.0` for all', default: '127.0.0.1' }, address),
  PORT: variable(
    { description: 'Port to listen on; 0 takes a free one', default: '3000' },
    integer(0, 65_535),
  ),
  METRICS_PORT: variable(
    {
      description:
        'Port of `GET /metrics` for Prometheus, apart from the one that tenants call; 0 takes a free one',
      default: 'none: no metrics',
    },
    integer(0, 65_535),
  ),
  METRICS_HOST: variable(
    {
      description:
        'Address of that port. Whoever reaches it reads the metrics, so keep it to a private network',
      default: '127.0.0.1',
    },
    address,
  ),
  PUBLIC_URL: variable(
    {
      description: 'Where callers reach this server; signed media links start with it',
      default: 'http://`HOST`:`PORT`',
    },
    format('must be an http or https URL without query, such as https://crm.example.com', parsePublicUrl),
  ),
  TRUST_PROXY: variable(
    {
      description:
        'Whose X-Forwarded-For is believed: `false`, `true`, a number of hops, or a comma list of networks',
      default: 'false',
    },
    format(
      'must be true, false, a number of hops, or a comma list of networks such as 10.0.0.0/8',
      parseTrustProxy,
    ),
  ),
  ALLOWED_ORIGINS: variable(
    {
      description: 'Comma list of web origins whose pages may call the API',
      default: 'none beside the server itself',
    },
    commaList('must be a comma list of origins such as https://app.example.com', parseOrigin),
  ),
  ROLES: variable(
    {
      description: `What this process does: a comma list of ${PROCESS_ROLES.join(', ')}`,
      default: 'all of them',
    },
    commaList(`must be a comma list of ${PROCESS_ROLES.join(', ')}`, role),
  ),
  NODE_NAME: variable(
    {
      description:
        'Name of this process in the fleet: letters, digits, _ and -, at most 64. One that starts under the name of a process that has ended has its devices back at once; two that run must never share one',
      default: 'with the embedded database `alone`, else host name, process id and a random part',
    },
    format('must be 1 to 64 letters, digits, _ or -', (text) =>
      /^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : undefined,
    ),
  ),
  MASTER_KEY: variable(
    {
      description:
        'Key that wraps all other keys: 32 bytes as base64 or hex (`openssl rand -base64 32`). Losing it loses every paired number',
      default: 'created once under `DATA_DIR`; required with `DATABASE_URL`',
      secret: true,
    },
    format('must be 32 bytes as base64 or hex; make one with: openssl rand -base64 32', parseKey256),
  ),
  OPERATOR_KEY: variable(
    {
      description: 'Token of the operator, who creates agencies; at least 32 characters',
      default: 'created on the first start in a file under `DATA_DIR`',
      secret: true,
    },
    format('must be at least 32 characters without spaces; make one with: openssl rand -hex 32', (text) =>
      /^\S{32,256}$/.test(text) ? text : undefined,
    ),
  ),
  SIGNUP_AGENCY: variable(
    {
      description:
        'Id of the agency that people join who register at `/wapiz`, such as agc_01h2xcejqtf2nbrexx3vqjhp41',
      default: 'none: nobody can register',
    },
    format('must be the id of an agency, such as agc_01h2xcejqtf2nbrexx3vqjhp41', parseAgencyId),
  ),
  OUTBOUND_ALLOW: variable(
    {
      description:
        'Comma list of networks and hosts, each with or without port, that may be called although they are not public: `10.1.0.0/16`, `127.0.0.1:9000`, `media.internal:8080`. Without a port, all of its ports',
      default: 'none',
    },
    commaList(
      'must be a comma list such as 10.1.0.0/16, 127.0.0.1:9000, [fd00::]/8, media.internal:8080',
      parseOutboundRule,
    ),
  ),
  API_COST_PER_MINUTE: variable(
    {
      description:
        'What one token may ask of the API in a minute, in points of `extensions.cost`; without a token, one address. `0`: no limit. Counted together with `REDIS_URL`, else by each process',
      default: '600000',
    },
    integer(0, 1_000_000_000),
  ),
  AUDIT_RETENTION_DAYS: variable(
    {
      description: 'How many days the audit log is kept, at least; it ends by whole months',
      default: '400',
    },
    integer(1, 36_500),
  ),
  LEASE_TTL_SECONDS: variable(
    {
      description:
        'How long a dead process keeps its devices before another one takes them, 5 to 600; under 15, one that waits long for a processor loses its own',
      default: '30',
    },
    integer(5, 600),
  ),
  CONNECTS_PER_SECOND: variable(
    { description: 'How many WhatsApp connections this process opens a second at most', default: '20' },
    integer(1, 1_000),
  ),
  WHATSAPP_VERSION: variable(
    {
      description:
        'WhatsApp Web version to announce, such as 2.3000.1234567; WhatsApp refuses outdated ones with 405',
      default: 'the one that the protocol library brings',
    },
    format('must be three numbers such as 2.3000.1234567', parseWhatsAppVersion),
  ),
  WHATSAPP_WEBSOCKET_URL: variable(
    { description: 'WhatsApp server to connect to', default: 'wss://web.whatsapp.com/ws/chat' },
    urlOf(['wss', 'ws'], 'ws://127.0.0.1:8080/ws/chat'),
  ),
  WHATSAPP_MEDIA_HOST: variable(
    {
      description:
        'host:port that attachments are fetched from, for a WhatsApp server other than the real one',
      default: 'what WhatsApp names',
    },
    format('must be host or host:port', parseHostPort),
  ),
  WHATSAPP_MEDIA_CA_FILE: variable(
    {
      description: 'PEM file of the authority that signed the certificate of `WHATSAPP_MEDIA_HOST`',
      default: 'the public authorities',
    },
    z.string(),
  ),
  DEFAULT_PACING: variable(
    {
      description:
        'Whether devices pace what they send (delays, caps, warm-up) unless their own `sendPolicy` says otherwise: `on` or `off`',
      default: 'on',
    },
    format('must be on or off', (text) => (text === 'on' || text === 'off' ? text : undefined)),
  ),
  BRAND_LINE: variable(
    { description: 'The line below each message of a package that has one', default: 'Powered by Trunkline' },
    format('must be one line of 1 to 100 characters', (text) =>
      /^\P{Cc}{1,100}$/u.test(text.trim()) ? text.trim() : undefined,
    ),
  ),
  LOG_LEVEL: variable(
    { description: `Least important line that is logged: ${LOG_LEVELS.join(', ')}`, default: 'info' },
    format(`must be one of ${LOG_LEVELS.join(', ')}`, (text) => LOG_LEVELS.find((level) => level === text)),
  ),
  LOG_FORMAT: variable(
    { description: '`json`, or `pretty` for people', default: '`pretty` on a terminal, else `json`' },
    format('must be json or pretty', (text) => (text === 'json' || text === 'pretty' ? text : undefined)),
  ),
});

export type VariableName = keyof typeof variables.shape;
export type Variables = z.infer<typeof variables>;

export interface ConfigVariable extends VariableFacts {
  readonly name: VariableName;
}

/** The facts about each variable, in the order in which they are explained. */
export const CONFIG_VARIABLES: readonly ConfigVariable[] = Object.entries(variables.shape).map(
  ([name, schema]) => {
    const about = facts.get(schema);
    if (about === undefined) throw new Error(`${name} is not described`);
    return { name: name as VariableName, ...about };
  },
);

/** A Markdown table of all variables. */
export function configTable(): string {
  const rows = CONFIG_VARIABLES.map((v) => `| \`${v.name}\` | ${v.description} | ${v.default} |`);
  return ['| Variable | Meaning | Default |', '| --- | --- | --- |', ...rows].join('\n');
}
