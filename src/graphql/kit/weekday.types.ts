import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import { WEEKDAYS } from '../../kernel/weekdays.js';
import type { Weekday } from '../../kernel/weekdays.js';

export const WeekdayEnum = Object.fromEntries(WEEKDAYS.map((day) => [day, day])) as {
  readonly [D in Weekday]: D;
};
registerEnumType(WeekdayEnum, {
  name: 'Weekday',
  description: 'A day of the week.',
  valuesConfig: Object.fromEntries(
    WEEKDAYS.map((day) => [day, { description: `${day.charAt(0)}${day.slice(1).toLowerCase()}.` }]),
  ),
});
