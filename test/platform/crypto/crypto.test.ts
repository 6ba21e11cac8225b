import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataKey } from '../../../src/platform/crypto/data-key.js';
import { resolveMasterKey, resolveOperatorKey } from '../../../src/platform/crypto/key-files.js';
import { MasterKey } from '../../../src/platform/crypto/master-key.js';
import { Passwords } from '../../../src/platform/crypto/passwords.js';
import { PathSigner } from '../../../src/platform/crypto/path-signer.js';
import { requestHash } from '../../../src/platform/crypto/request-hash.js';
import { UnsealError } from '../../../src/platform/crypto/sealed-box.js';
import {
  createToken,
  deriveToken,
  hashesEqual,
  parseToken,
  tokenDisplay,
  tokenHash,
} from '../../../src/platform/crypto/tokens.js';

const master = MasterKey.fromHex('01'.repeat(32));
const otherMaster = MasterKey.fromHex('02'.repeat(32));

describe('encryption at rest', () => {
  it('gives back what was sealed for the same place, and nothing for another', () => {
    const key = DataKey.generate();
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (plaintext, aad) => {
        const sealed = key.seal(plaintext, aad);
        expect(key.open(sealed, aad)).toEqual(Buffer.from(plaintext));
        expect(() => key.open(sealed, `${aad}x`)).toThrow(UnsealError);
      }),
    );
  });

  it('notices any changed byte', () => {
    const key = DataKey.generate();
    const sealed = key.seal(Buffer.from('noise key'), 'device:1');
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8((changed.readUInt8(i) + 1) % 256, i);
      expect(() => key.open(changed, 'device:1'), `byte ${i}`).toThrow(UnsealError);
    }
    expect(() => key.open(sealed.subarray(0, 20), 'device:1')).toThrow(UnsealError);
  });

  it('never repeats itself', () => {
    const key = DataKey.generate();
    expect(key.seal(Buffer.from('x'), 'a')).not.toEqual(key.seal(Buffer.from('x'), 'a'));
  });

  it('wraps data keys for one place and says when another master key did', () => {
    const key = DataKey.generate();
    const wrapped = master.wrap(key, 'device:1');
    const sealed = key.seal(Buffer.from('creds'), 'a');
    expect(master.unwrap(wrapped, 'device:1').open(sealed, 'a').toString()).toBe('creds');
    expect(() => master.unwrap(wrapped, 'device:2')).toThrow(UnsealError);
    expect(() => otherMaster.unwrap(wrapped, 'device:1')).toThrow(/another MASTER_KEY/);
  });

  it('knows the master key of a database by its check value', () => {
    expect(master.verifyCheckValue(master.checkValue())).toBe(true);
    expect(otherMaster.verifyCheckValue(master.checkValue())).toBe(false);
    expect(master.verifyCheckValue('')).toBe(false);
  });
});

describe('key files', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'trunkline-keys-'));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  it('creates the master key once, readable by its owner alone', async () => {
    const first = await resolveMasterKey({ masterKey: null, dataDir });
    const second = await resolveMasterKey({ masterKey: null, dataDir });
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.key.checkValue()).toBe(first.key.checkValue());
    expect((await stat(path.join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
  });

  it('agrees on one operator key when several processes start at once', async () => {
    const found = await Promise.all(
      Array.from({ length: 8 }, () => resolveOperatorKey({ operatorKey: null, dataDir })),
    );
    expect(new Set(found.map((f) => f.key)).size).toBe(1);
    expect(found.filter((f) => f.created)).toHaveLength(1);
    expect((await readdir(dataDir)).sort()).toEqual(['master.key', 'operator.key']);
    expect((await readFile(path.join(dataDir, 'operator.key'), 'utf8')).trim().length).toBe(64);
  });

  it('refuses a key file that others can read', async () => {
    await chmod(path.join(dataDir, 'operator.key'), 0o644);
    await expect(resolveOperatorKey({ operatorKey: null, dataDir })).rejects.toThrow(/chmod 600/);
  });

  it('prefers the configured key and writes nothing', async () => {
    const found = await resolveMasterKey({ masterKey: 'ab'.repeat(32), dataDir: '/nowhere' });
    expect(found).toMatchObject({ path: null, created: false });
  });
});

describe('tokens', () => {
  it.each(['api_key', 'device', 'session'] as const)('of kind %s are recognised offline', (kind) => {
    const token = createToken(kind);
    expect(token).toMatch(/^tl_(key|dev|ses)_[0-9A-Za-z]{36}$/);
    expect(parseToken(token)).toEqual({ kind });
  });

  it('with any wrong character are refused', () => {
    const token = createToken('device');
    for (let i = 0; i < token.length; i += 1) {
      const wrong = `${token.slice(0, i)}${token[i] === 'a' ? 'b' : 'a'}${token.slice(i + 1)}`;
      expect(parseToken(wrong), wrong).toBeNull();
    }
    for (const text of [
      '',
      'tl_key_',
      `${token}0`,
      token.slice(0, -1),
      ` ${token}`,
      token.replace('dev', 'key'),
    ])
      expect(parseToken(text)).toBeNull();
  });

  it('use every character of the alphabet about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i += 1)
      for (const c of createToken('session').slice(7, 37)) counts.set(c, (counts.get(c) ?? 0) + 1);
    expect(counts.size).toBe(62);
    const expected = (2_000 * 30) / 62;
    for (const [c, n] of counts) expect(Math.abs(n - expected) / expected, c).toBeLessThan(0.25);
  });

  it('are derived for one label, the same for ever and for this master key alone', () => {
    const token = deriveToken('device', master, 'a');
    expect(parseToken(token)).toEqual({ kind: 'device' });
    expect(deriveToken('device', master, 'a')).toBe(token);
    expect(deriveToken('device', master, 'b')).not.toBe(token);
    expect(deriveToken('device', otherMaster, 'a')).not.toBe(token);
  });

  it('are compared by hash and shown by their ends', () => {
    const token = createToken('api_key');
    expect(hashesEqual(tokenHash(token), tokenHash(token))).toBe(true);
    expect(hashesEqual(tokenHash(token), tokenHash(createToken('api_key')))).toBe(false);
    expect(hashesEqual(tokenHash(token), Buffer.alloc(0))).toBe(false);
    expect(tokenDisplay(token)).toBe(`tl_key_…${token.slice(-4)}`);
  });
});

describe('passwords', () => {
  const passwords = new Passwords();

  it('are verified against their hash', async () => {
    const stored = await passwords.hash('correct horse');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify('correct horse', stored)).toBe(true);
    expect(await passwords.verify('wrong horse', stored)).toBe(false);
    expect(passwords.needsRehash(stored)).toBe(false);
    expect(passwords.needsRehash(stored.replace('m=19456', 'm=4096'))).toBe(true);
  });

  it('of unknown users are refused only after the work that a known user costs', async () => {
    const cpuOf = async (stored: string | null): Promise<number> => {
      const before = process.cpuUsage();
      for (let i = 0; i < 5; i += 1) expect(await passwords.verify('guess', stored)).toBe(false);
      const spent = process.cpuUsage(before);
      return spent.user + spent.system;
    };
    const stored = await passwords.hash('secret');
    const known = await cpuOf(stored);
    expect(await cpuOf(null)).toBeGreaterThan(known / 3);
  });
});

describe('signed paths', () => {
  const signer = new PathSigner(master);
  const expiresAt = new Date('2026-01-01T00:00:00Z');
  const before = new Date('2025-12-31T23:59:59Z');

  it('open until they expire', () => {
    const signed = signer.signPath('/media/abc', expiresAt);
    expect(signer.verifySignedPath(signed, before)).toEqual({ kind: 'VALID', path: '/media/abc' });
    expect(signer.verifySignedPath(signed, expiresAt)).toEqual({ kind: 'EXPIRED' });
  });

  it('do not open when anything was changed', () => {
    const signed = signer.signPath('/media/abc', expiresAt);
    for (const changed of [
      signed.replace('abc', 'abd'),
      signed.replace(/expires=\d+/, 'expires=9999999999'),
      signed.replace(/signature=.*/, ''),
      '/media/abc',
      new PathSigner(otherMaster).signPath('/media/abc', expiresAt),
    ])
      expect(signer.verifySignedPath(changed, before), changed).toEqual({ kind: 'FORGED' });
  });
});

describe('the hash of a request', () => {
  it('ignores the order of fields and undefined ones, and nothing else', () => {
    const hash = requestHash({ a: 1, b: { c: [1, 2], d: null } });
    expect(requestHash({ b: { d: null, c: [1, 2] }, a: 1, e: undefined })).toEqual(hash);
    for (const other of [
      { a: 1 },
      { a: 1, b: { c: [2, 1], d: null } },
      { a: '1', b: { c: [1, 2], d: null } },
    ])
      expect(requestHash(other)).not.toEqual(hash);
  });
});
