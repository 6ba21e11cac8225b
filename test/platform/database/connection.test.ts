import { expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../../src/platform/database/connection.js';

test.each([
  [
    'postgres://app:s%40cret@db.example.com:6432/crm',
    { host: 'db.example.com', port: 6432, user: 'app', password: 's@cret', dbName: 'crm' },
  ],
  [
    'postgresql://app@db/crm?sslmode=verify-full',
    { host: 'db', port: 5432, user: 'app', password: '', dbName: 'crm', ssl: { rejectUnauthorized: true } },
  ],
  [
    'postgres://app:x@/crm?host=/var/run/postgresql',
    { host: '/var/run/postgresql', port: 5432, user: 'app', password: 'x', dbName: 'crm' },
  ],
  ['postgres://app:x@[::1]:5433/crm', { host: '::1', port: 5433, user: 'app', password: 'x', dbName: 'crm' }],
  ['postgres://app:x@db:80/crm', { host: 'db', port: 80, user: 'app', password: 'x', dbName: 'crm' }],
])('%s is understood', (url, connection) => {
  expect(parseDatabaseUrl(url)).toEqual(connection);
});

test.each([
  ['mysql://app@db/crm', 'DATABASE_URL must look like postgres://user:password@host:5432/database'],
  ['postgres://db/crm', 'DATABASE_URL names no user'],
  ['postgres://app:topsecret@db', 'DATABASE_URL names no database'],
  ['postgres://app:topsecret@db/crm?sslmode=maybe', 'DATABASE_URL has an sslmode that is none of'],
  ['postgres://app:topsecret@/crm', 'DATABASE_URL must look like'],
])('%s is refused, saying why and not repeating the password', (url, message) => {
  expect(() => parseDatabaseUrl(url)).toThrow(message);
  expect(() => parseDatabaseUrl(url)).not.toThrow('topsecret');
});
