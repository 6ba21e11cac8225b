import { GraphQLScalarType, Kind } from 'graphql';
import type { ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeEventCursor, encodeEventCursor } from '../../kernel/events.js';
import type { EventCursor as Cursor } from '../../kernel/events.js';
import { normalisePhone } from '../../kernel/phone.js';

/**
 * Scalars throw errors of our own catalogue without naming a field: they do not know theirs.
 * The door adds the path of the argument or variable.
 */
interface TextScalar<T> {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  readonly parse: (text: string) => T;
  readonly serialize?: (value: unknown) => string;
}

function textScalar<T>({ parse, serialize, ...config }: TextScalar<T>): GraphQLScalarType<T, string> {
  const parseValue = (value: unknown): T => {
    if (typeof value === 'string') return parse(value);
    throw kernelErrors.INVALID_INPUT({ message: 'must be a string' });
  };
  return new GraphQLScalarType<T, string>({
    ...config,
    parseValue,
    parseLiteral: (node: ValueNode) => parseValue(node.kind === Kind.STRING ? node.value : null),
    serialize: serialize ?? String,
  });
}

/** A moment as a `Date`. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'A moment as RFC 3339 text with a time zone, such as 2027-01-31T09:30:00Z.',
});

/** Facts whose names depend on what they are about. */
export const JSONObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  name: 'JSONObject',
  description: 'An object of JSON whose members differ from case to case.',
});

/** A whole number that may be longer than 32 bits. */
export const SafeInt = new GraphQLScalarType({
  ...GraphQLSafeInt.toConfig(),
  name: 'SafeInt',
  description: 'A whole number up to 9007199254740991, which JSON numbers still carry exactly.',
});

/** E.164 digits; parsed into the normal form. */
export const PhoneNumber = textScalar<string>({
  name: 'PhoneNumber',
  description:
    'International phone number: E.164 digits such as 628123456789. Input may carry a plus, spaces, dots, dashes and brackets.',
  parse: (text) => {
    const phone = normalisePhone(text);
    if (phone !== null) return phone;
    throw kernelErrors.INVALID_PHONE({ message: 'must be international digits such as 628123456789' });
  },
});

/** An absolute URL as text; which schemes and hosts are allowed is for the field to say. */
export const Url = textScalar<string>({
  name: 'URL',
  description: 'An absolute URL.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  parse: (text) => {
    if (URL.canParse(text)) return text;
    throw kernelErrors.INVALID_INPUT({
      message: 'must be an absolute URL such as https://example.com/a.jpg',
    });
  },
});

/** A day without a time, such as 2026-11-21. */
export const LocalDate = textScalar<string>({
  name: 'LocalDate',
  description: 'A day as RFC 3339 text, such as 2027-01-31.',
  parse: (text) => {
    const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
    // A date that does not exist becomes another one.
    if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
    throw kernelErrors.INVALID_INPUT({ message: 'must be a day such as 2027-01-31' });
  },
});

/** A place in an event stream as {@link Cursor}. */
export const EventCursor = textScalar<Cursor>({
  name: 'EventCursor',
  description: 'A place in an event stream; opaque. Pass the last one seen as `after` to miss nothing.',
  parse: (text) => decodeEventCursor(text),
  serialize: (value) => encodeEventCursor(value as Cursor),
});
