import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { CONFIG_VARIABLES, configTable } from '../../src/config/variables.js';

const KEY_HEX = 'ab'.repeat(32);

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.variable} ${p.message}`);
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing at all', () => {
    const config = loadConfig({});
    expect(config.database).toBeNull();
    expect(config.redisUrl).toBeNull();
    expect(config.roles).toEqual(['api', 'worker', 'sessions']);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000, trustProxy: false });
    expect(config.whatsapp.websocketUrl).toBe('wss://web.whatsapp.com/ws/chat');
    expect(config.leaseTtlMs).toBe(30_000);
  });

  it('names a place by itself only where it is the one place: on the embedded database', () => {
    const external = {
      DATABASE_URL: 'postgres://app:secret@db/trunkline',
      MASTER_KEY: Buffer.alloc(32).toString('base64'),
    };
    expect(loadConfig({}).nodeName).toBe(loadConfig({}).nodeName);
    expect(loadConfig(external).nodeName).not.toBe(loadConfig(external).nodeName);
    expect(loadConfig({ ...external, NODE_NAME: 'sessions-1' }).nodeName).toBe('sessions-1');
  });

  it('tells a process from the one before it in the same place', () => {
    const [first, second] = [loadConfig({ NODE_NAME: 'n' }), loadConfig({ NODE_NAME: 'n' })];
    expect(first.runName).not.toBe(second.runName);
    expect(loadConfig({}).runName).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it('is frozen through and through', () => {
    const config = loadConfig({ OUTBOUND_ALLOW: '127.0.0.1:9000' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.http)).toBe(true);
    expect(Object.isFrozen(config.outboundAllow[0])).toBe(true);
  });

  it('treats empty variables as unset and ignores those of others', () => {
    expect(() => loadConfig({ PORT: '', ROLES: ' ', TRUNKLINE_WHATEVER: '!', PATH: '/bin' })).not.toThrow();
  });

  it('lists everything that is wrong at once', () => {
    const problems = problemsOf({
      PORT: '70000',
      ROLES: 'api,cook',
      DATABASE_URL: 'mysql://x',
      DATABASE_CONNECTIONS: '1',
      PUBLIC_URL: 'ftp://x',
      LOG_LEVEL: 'loud',
      WHATSAPP_WEBSOCKET_URL: 'https://web.whatsapp.com',
    });
    expect(problems.map((p) => p.split(' ')[0]).sort()).toEqual([
      'DATABASE_CONNECTIONS',
      'DATABASE_URL',
      'LOG_LEVEL',
      'MASTER_KEY',
      'PORT',
      'PUBLIC_URL',
      'ROLES',
      'WHATSAPP_WEBSOCKET_URL',
    ]);
  });

  it('never repeats a value, which may be a secret', () => {
    const secret = 'correct-horse-battery';
    const text = problemsOf({ MASTER_KEY: secret, OPERATOR_KEY: secret, DATABASE_URL: secret }).join('\n');
    expect(text).toContain('MASTER_KEY');
    expect(text).not.toContain(secret);
  });

  it('wants a master key beside an external database', () => {
    const url = 'postgres://trunkline_app:x@db/trunkline';
    expect(problemsOf({ DATABASE_URL: url })).toEqual([expect.stringContaining('MASTER_KEY is required')]);
    expect(loadConfig({ DATABASE_URL: url, MASTER_KEY: KEY_HEX }).database).toEqual({
      url,
      migrationUrl: null,
    });
  });

  it('refuses the owner of the database as the application role', () => {
    const url = 'postgres://owner:x@db/trunkline';
    expect(problemsOf({ DATABASE_URL: url, DATABASE_MIGRATION_URL: url, MASTER_KEY: KEY_HEX })[0]).toContain(
      'row-level security',
    );
  });

  it('takes a database URL with a socket directory instead of a host', () => {
    const url = 'postgres://app:x@/trunkline?host=%2Frun%2Fpg&port=5432';
    expect(loadConfig({ DATABASE_URL: url, MASTER_KEY: KEY_HEX }).database?.url).toBe(url);
  });

  it('reads the master key as hex, base64 and base64url', () => {
    const bytes = Buffer.from(KEY_HEX, 'hex');
    for (const text of [
      KEY_HEX,
      KEY_HEX.toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ])
      expect(loadConfig({ MASTER_KEY: text }).masterKey).toBe(KEY_HEX);
    for (const text of [KEY_HEX.slice(2), `${KEY_HEX}ab`, 'x'.repeat(43) + '!'])
      expect(problemsOf({ MASTER_KEY: text })).toHaveLength(1);
  });

  it.each([
    ['10.1.0.0/16', { kind: 'network', cidr: '10.1.0.0/16', port: null }],
    ['127.0.0.1', { kind: 'network', cidr: '127.0.0.1/32', port: null }],
    ['127.0.0.1:9000', { kind: 'network', cidr: '127.0.0.1/32', port: 9000 }],
    ['10.0.0.0/8:8080', { kind: 'network', cidr: '10.0.0.0/8', port: 8080 }],
    ['[::1]:9000', { kind: 'network', cidr: '::1/128', port: 9000 }],
    ['[fd00::]/8:443', { kind: 'network', cidr: 'fd00::/8', port: 443 }],
    ['fd00::/8', { kind: 'network', cidr: 'fd00::/8', port: null }],
    ['Media.internal:8080', { kind: 'host', host: 'media.internal', port: 8080 }],
    ['localhost', { kind: 'host', host: 'localhost', port: null }],
  ])('reads the outbound rule %s', (text, rule) => {
    expect(loadConfig({ OUTBOUND_ALLOW: text }).outboundAllow).toEqual([rule]);
  });

  it.each(['10.0.0.0/33', '10.0.0.256', '127.1', 'host:0', 'host:99999', 'http://host', '[::1', '*'])(
    'refuses the outbound rule %s',
    (text) => {
      expect(problemsOf({ OUTBOUND_ALLOW: text })).toHaveLength(1);
    },
  );

  it('reads versions, proxies and origins into what code uses', () => {
    const config = loadConfig({
      WHATSAPP_VERSION: '2.3000.123456',
      TRUST_PROXY: '10.0.0.0/8, 192.168.1.1',
      ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173/',
      PUBLIC_URL: 'https://crm.example.com/',
      ROLES: 'sessions, api,api',
    });
    expect(config.whatsapp.version).toEqual([2, 3000, 123456]);
    expect(config.http.trustProxy).toEqual(['10.0.0.0/8', '192.168.1.1']);
    expect(config.http.allowedOrigins).toEqual(['https://app.example.com', 'http://localhost:5173']);
    expect(config.http.publicUrl).toBe('https://crm.example.com');
    expect(config.roles).toEqual(['sessions', 'api']);
    expect(loadConfig({ TRUST_PROXY: '1' }).http.trustProxy).toBe(1);
  });

  it('names a CA file that cannot be read', () => {
    expect(problemsOf({ WHATSAPP_MEDIA_CA_FILE: '/nowhere/ca.pem' })[0]).toContain('/nowhere/ca.pem');
  });

  it('describes every variable, and marks the secret ones', () => {
    for (const variable of CONFIG_VARIABLES) {
      expect(variable.description.length, variable.name).toBeGreaterThan(5);
      expect(variable.default.length, variable.name).toBeGreaterThan(0);
    }
    expect(CONFIG_VARIABLES.filter((v) => v.secret).map((v) => v.name)).toEqual([
      'DATABASE_URL',
      'DATABASE_MIGRATION_URL',
      'REDIS_URL',
      'MASTER_KEY',
      'OPERATOR_KEY',
    ]);
    expect(configTable().split('\n')).toHaveLength(CONFIG_VARIABLES.length + 2);
  });
});
