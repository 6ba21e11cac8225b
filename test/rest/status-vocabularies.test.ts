import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.js';
import { DEVICE_STATUSES } from '../../src/modules/device/device.status.js';
import { refusalOfDoor } from '../../src/rest/door/refusal.js';
import { speakWagy } from '../../src/rest/wagy/wagy.dialect.js';
import { WAGY_STATUS } from '../../src/rest/wagy/wagy.status.js';
import { speakWapiz } from '../../src/rest/wapiz/wapiz.dialect.js';
import { WAPIZ_STATUS } from '../../src/rest/wapiz/wapiz.status.js';
import { PAIRED_STATUS } from '../../src/rest/whatspie/whatspie.status.js';

/** How each status is called at the doors. */
const VOCABULARIES: readonly (readonly [string, string, string, string])[] = [
  ['CONNECTED', 'Connected', 'PAIRED', 'logged_in'],
  ['CONNECTING', 'Paired (Offline)', 'PAIRED', 'connected'],
  ['OFFLINE', 'Paired (Offline)', 'PAIRED', 'disconnected'],
  ['NOT_PAIRED', 'Not Paired', 'UNPAIRED', 'disconnected'],
  ['PAIRING', 'Not Paired', 'UNPAIRED', 'connected'],
  ['PAIRING_EXPIRED', 'Not Paired', 'EXPIRED', 'disconnected'],
  ['LOGGED_OUT', 'Not Paired', 'UNPAIRED', 'disconnected'],
  ['REJECTED', 'Rejected', 'UNPAIRED', 'disconnected'],
  ['REPLACED', 'Paired (Offline)', 'PAIRED', 'disconnected'],
  ['BANNED', 'Not Paired', 'SUSPENDED', 'disconnected'],
  ['SUSPENDED', 'Paired (Offline)', 'SUSPENDED', 'disconnected'],
];

describe('the words of the doors', () => {
  it('exist for every status', () => {
    const said = DEVICE_STATUSES.map((status) => [
      status,
      WAGY_STATUS[status],
      PAIRED_STATUS[status],
      WAPIZ_STATUS[status].status,
    ]);
    expect(said.sort()).toEqual([...VOCABULARIES].sort());
  });

  it.each(Object.values(WAPIZ_STATUS))(
    '$status says the same three times',
    ({ connected, loggedIn, status }) => {
      expect(loggedIn).toBe(status === 'logged_in');
      expect(connected).toBe(status !== 'disconnected');
    },
  );
});

describe('a mistake of ours', () => {
  const refusal = refusalOfDoor(new Error('column "secret" does not exist'));

  it('W36: is an internal server error that tells nothing', () => {
    expect(speakWagy(refusal)).toEqual({
      status: 500,
      body: { status: 'error', message: 'Internal server error' },
    });
    expect(speakWapiz(refusal)).toEqual({ status: 500, body: { error: 'Terjadi kesalahan pada server' } });
  });

  it('stays one when it is thrown as an error of our own', () => {
    expect(refusalOfDoor(new AppError('INTERNAL_SERVER_ERROR', 'X')).status).toBe(500);
  });
});
