import { expect, test } from 'vitest';
import { changeSendPolicy } from '../../../src/modules/device/sending/send-policy.js';

test('what is left out stays, null takes the default again', () => {
  const own = { perMinute: 5, perHour: 50 };
  expect(changeSendPolicy(own, { perMinute: null, perDay: 70, typing: undefined })).toEqual({
    perHour: 50,
    perDay: 70,
  });
});

test.each([
  ['perMinute', { perMinute: 0 }],
  ['minDelayMs', { minDelayMs: 7_000 }],
  ['maxDelayMs', { maxDelayMs: 600_001 }],
  ['sendingHours.from', { sendingHours: { from: '9:00', until: '18:00' } }],
  ['sendingHours.until', { sendingHours: { from: '18:00', until: '09:00' } }],
])('a wrong %s is refused by its name', (field, changes) => {
  const refused = () => changeSendPolicy({}, changes);
  expect(refused).toThrow(`input.sendPolicy.${field}: must`);
});
