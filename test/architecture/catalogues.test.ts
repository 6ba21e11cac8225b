import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ACTIONS,
  DEVICE_TOKEN_ACTIONS,
  OPERATOR_ACTIONS,
  ROLE_ACTIONS,
  ROLES,
} from '../../src/kernel/access.js';
import { VERSION } from '../../src/kernel/version.js';

describe('the version', () => {
  it('is the one of the package', () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
  });
});

describe('the access catalogue', () => {
  it.each(ACTIONS)('lets somebody do %s', (action) => {
    const holders = [...ROLES.map((role) => ROLE_ACTIONS[role]), OPERATOR_ACTIONS].filter((actions) =>
      actions.has(action),
    );
    expect(holders).not.toHaveLength(0);
  });

  it('gives each role what the weaker one below it has', () => {
    const strongestFirst = ROLES.map((role) => ROLE_ACTIONS[role]);
    for (const [index, weaker] of strongestFirst.slice(1).entries()) {
      expect([...weaker].filter((action) => strongestFirst[index]?.has(action) !== true)).toEqual([]);
    }
  });

  it('gives a device token nothing that an agent may not do', () => {
    expect([...DEVICE_TOKEN_ACTIONS].filter((action) => !ROLE_ACTIONS.AGENT.has(action))).toEqual([]);
  });
});
