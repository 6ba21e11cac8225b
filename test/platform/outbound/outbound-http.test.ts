import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { isPublicAddress } from '../../../src/platform/outbound/address-policy.js';
import { BlockedAddressError } from '../../../src/platform/outbound/guarded-connector.js';
import type { ResolvedAddress } from '../../../src/platform/outbound/guarded-connector.js';
import { OutboundHttp } from '../../../src/platform/outbound/outbound-http.js';
import type { OutboundHttpOptions } from '../../../src/platform/outbound/outbound-http.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const any = { maxBytes: 1_000_000, timeoutMs: 5_000, accept: () => true };

interface Listener {
  readonly server: Server;
  readonly port: number;
  connections: number;
}

async function listen(host: string, port: number, onRequest: RequestListener): Promise<Listener> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const listener = { server, port: (server.address() as AddressInfo).port, connections: 0 };
  server.on('connection', () => (listener.connections += 1));
  return listener;
}

async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error(`expected an AppError, got ${String(error)}`);
}

/** `inner` must never be reached; `outer` stands for the internet and is let through by a rule. */
let inner: Listener;
let outer: Listener;
let tempDir: string;
let answer: RequestListener;

beforeAll(async () => {
  tempDir = await mkdtemp(path.join(tmpdir(), 'trunkline-outbound-'));
  inner = await listen('127.0.0.1', 0, (_req, res) => res.end('secret'));
  outer = await listen('127.0.0.2', inner.port, (req, res) => answer(req, res));
});
beforeEach(() => {
  inner.connections = 0;
  outer.connections = 0;
});
afterAll(async () => {
  for (const { server } of [inner, outer]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(tempDir, { recursive: true });
});

async function withClient<T>(
  options: Partial<OutboundHttpOptions>,
  use: (client: OutboundHttp) => Promise<T>,
): Promise<T> {
  const client = new OutboundHttp({
    allow: [{ kind: 'network', cidr: '127.0.0.2/32', port: inner.port }],
    tempDir,
    ...options,
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** PORT is the inner listener's, which a rule admits for 127.0.0.2: only the address can refuse these. */
const HOSTILE_URLS = [
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://127.000.000.001:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127.8.9.10:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://app.localhost:PORT/',
  'http://[::1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fd00:ec2::254]:PORT/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.0.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://8.8.8.8:22/',
  'http://8.8.8.8:6379/',
  'http://user:pass@8.8.8.8/',
  'http://8.8.8.8@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@8.8.8.8/',
  'ftp://127.0.0.1:PORT/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'data:text/plain,hello',
  'javascript:alert(1)',
  '//127.0.0.1:PORT/',
  'http://',
  'not a url',
  '',
];

describe('a URL that a user gave', () => {
  it.each(HOSTILE_URLS)('is refused when it is %s', async (template) => {
    const url = template.replaceAll('PORT', String(inner.port));
    await withClient({}, async (client) => {
      const refused = await failureOf(client.fetchToFile(url, any));
      expect(refused.reason).toBe('URL_NOT_ALLOWED');
      expect(() => client.assertUrlAllowed(url, 'media.url')).toThrow(
        expect.objectContaining({
          kind: 'BAD_USER_INPUT',
          fields: [expect.objectContaining({ path: 'media.url' })],
        }),
      );
    });
    expect(inner.connections + outer.connections).toBe(0);
  });

  it.each(['https://example.com/a.png', 'http://example.com:8443/x?y=1', 'https://[2606:4700::1111]/'])(
    'passes the first check when it is %s',
    async (url) => {
      await withClient({}, async (client) => client.assertUrlAllowed(url, 'url'));
    },
  );

  it('can be held to https', async () => {
    await withClient({}, async (client) => {
      expect(() => client.assertUrlAllowed('http://example.com', 'url', 'https')).toThrow(/https:\/\//);
    });
  });
});

const HIDDEN_ADDRESSES = [
  '127.0.0.1',
  '127.0.0.53',
  '0.0.0.0',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.1.1',
  '100.100.100.200',
  '169.254.169.254',
  '192.0.0.192',
  '198.19.255.255',
  '203.0.113.9',
  '239.1.1.1',
  '240.0.0.1',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '2002:a9fe:a9fe::',
  '2001:0:1::1',
  '2001:db8::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
  '4000::1',
];

describe('a name that leads inside', () => {
  it.each(HIDDEN_ADDRESSES)('is refused when it resolves to %s', async (address) => {
    expect(isPublicAddress(address)).toBe(false);
    const resolve = async (): Promise<ResolvedAddress[]> => [
      { address, family: address.includes(':') ? 6 : 4 },
    ];
    await withClient({ resolve }, async (client) => {
      const refused = await failureOf(client.fetchToFile(`http://evil.example:${inner.port}/`, any));
      expect(refused.reason).toBe('MEDIA_UNREACHABLE');
      expect(refused.cause).toBeInstanceOf(BlockedAddressError);
    });
    expect(inner.connections + outer.connections).toBe(0);
  });

  it('is refused when only one of its addresses does', async () => {
    const resolve = async (): Promise<ResolvedAddress[]> => [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    await withClient({ resolve }, async (client) => {
      const refused = await failureOf(client.fetchToFile(`http://evil.example:${inner.port}/`, any));
      expect(refused.cause).toBeInstanceOf(BlockedAddressError);
    });
    expect(inner.connections + outer.connections).toBe(0);
  });

  it('gains nothing by answering differently the second time', async () => {
    answer = (_req, res) => res.end(PNG);
    let asked = 0;
    const resolve = async (): Promise<ResolvedAddress[]> => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    };
    await withClient({ resolve }, async (client) => {
      const file = await client.fetchToFile(`http://rebind.example:${inner.port}/`, any);
      await rm(file.path);
    });
    expect(asked).toBe(1);
    expect([inner.connections, outer.connections]).toEqual([0, 1]);
  });

  it('is reached when the operator named it', async () => {
    answer = (_req, res) => res.end(PNG);
    const resolve = async (): Promise<ResolvedAddress[]> => [{ address: '127.0.0.2', family: 4 }];
    const allow = [{ kind: 'host', host: 'media.internal', port: inner.port }] as const;
    await withClient({ resolve, allow }, async (client) => {
      const file = await client.fetchToFile(`http://media.internal:${inner.port}/`, any);
      expect(file.contentType).toBe('image/png');
      await rm(file.path);
      const refused = await failureOf(client.fetchToFile(`http://other.internal:${inner.port}/`, any));
      expect(refused.cause).toBeInstanceOf(BlockedAddressError);
    });
  });
});

describe('a fetched file', () => {
  const url = (): string => `http://127.0.0.2:${inner.port}/file`;
  const fetchWith = (options: Partial<typeof any>) =>
    withClient({}, (client) => client.fetchToFile(url(), { ...any, ...options }));

  it('arrives with size, hash and the type that its bytes show', async () => {
    answer = (_req, res) => res.setHeader('content-type', 'text/html').end(PNG);
    const file = await fetchWith({});
    expect(file).toMatchObject({ sizeBytes: PNG.length, contentType: 'image/png' });
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFile(file.path)).toEqual(PNG);
    await rm(file.path);
  });

  it('keeps a declared type that has no signature, and no other', async () => {
    answer = (_req, res) => res.setHeader('content-type', 'text/csv; charset=utf-8').end('a,b\n1,2\n');
    const csv = await fetchWith({});
    expect(csv.contentType).toBe('text/csv');
    await rm(csv.path);
    answer = (_req, res) => res.setHeader('content-type', 'image/png').end('<script>');
    const fake = await fetchWith({});
    expect(fake.contentType).toBe('application/octet-stream');
    await rm(fake.path);
  });

  const failures: [string, string, RequestListener, Partial<typeof any>][] = [
    ['an error page', 'MEDIA_UNREACHABLE', (_q, r) => void r.writeHead(500).end('x'), {}],
    [
      'a redirect',
      'MEDIA_UNREACHABLE',
      (_q, r) => void r.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
      {},
    ],
    ['a broken answer', 'MEDIA_UNREACHABLE', (q) => void q.socket.end('nonsense\r\n\r\n'), {}],
    [
      'a cut answer',
      'MEDIA_UNREACHABLE',
      (q, r) => void r.writeHead(200, { 'content-length': 99 }).write('x', () => q.socket.destroy()),
      {},
    ],
    ['silence', 'MEDIA_UNREACHABLE', () => undefined, { timeoutMs: 200 }],
    ['an answer that never ends', 'MEDIA_UNREACHABLE', (_q, r) => void r.write('x'), { timeoutMs: 200 }],
    [
      'a declared length over the limit',
      'MEDIA_TOO_LARGE',
      (_q, r) => void r.end('x'.repeat(50)),
      { maxBytes: 49 },
    ],
    [
      'more bytes than the limit without a declared length',
      'MEDIA_TOO_LARGE',
      (_q, r) => {
        const timer = setInterval(() => r.write('x'.repeat(1_000)), 1);
        r.on('close', () => clearInterval(timer));
      },
      { maxBytes: 10_000 },
    ],
    [
      'a type that is not wanted',
      'MEDIA_TYPE_UNSUPPORTED',
      (_q, r) => void r.end(PNG),
      { accept: () => false },
    ],
  ];

  it.each(failures)('does not come from %s: %s', async (_what, reason, serve, options) => {
    answer = serve;
    expect((await failureOf(fetchWith(options))).reason).toBe(reason);
    expect(inner.connections).toBe(0);
    expect(await readdir(tempDir)).toEqual([]);
  });

  it('does not come through a proxy of the environment', async () => {
    answer = (_req, res) => res.end(PNG);
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${inner.port}`;
    try {
      await rm((await fetchWith({})).path);
    } finally {
      delete process.env['HTTP_PROXY'];
    }
    expect([inner.connections, outer.connections]).toEqual([0, 1]);
  });
});
