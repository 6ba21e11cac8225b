/**
 * One error class and one table for every door: GraphQL, REST and websockets all map from here.
 * Kinds are closed; reasons are declared by the module that throws them, so that the whole catalogue can be listed.
 */
export const ERROR_KINDS = {
  UNAUTHENTICATED: { httpStatus: 401, retryable: false },
  FORBIDDEN: { httpStatus: 403, retryable: false },
  NOT_FOUND: { httpStatus: 404, retryable: false },
  BAD_USER_INPUT: { httpStatus: 400, retryable: false },
  CONFLICT: { httpStatus: 409, retryable: false },
  INVALID_STATE: { httpStatus: 409, retryable: false },
  QUOTA_EXCEEDED: { httpStatus: 402, retryable: false },
  RATE_LIMITED: { httpStatus: 429, retryable: true },
  UPSTREAM_FAILED: { httpStatus: 502, retryable: true },
  UNAVAILABLE: { httpStatus: 503, retryable: true },
  INTERNAL_SERVER_ERROR: { httpStatus: 500, retryable: false },
} as const satisfies Record<string, { httpStatus: number; retryable: boolean }>;

export type ErrorKind = keyof typeof ERROR_KINDS;

/** One wrong input field; `path` is dotted from the input object, e.g. `media.url`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  /** What the caller reads; defaults to the declared text. */
  readonly message?: string;
  /** Extra machine-readable facts, copied into the answer: never secrets, never another tenant's data. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly fields?: readonly FieldError[];
  readonly cause?: unknown;
  /** Where another status says more than that of the kind. */
  readonly httpStatus?: number;
}

export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly fields: readonly FieldError[];
  readonly httpStatus: number;

  constructor(kind: ErrorKind, reason: string, options: AppErrorOptions = {}) {
    super(options.message ?? reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.reason = reason;
    this.data = options.data ?? {};
    this.fields = options.fields ?? [];
    this.httpStatus = options.httpStatus ?? ERROR_KINDS[kind].httpStatus;
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.kind].retryable;
  }
}

export interface ErrorDeclaration {
  readonly kind: ErrorKind;
  /** A sentence for the caller: what is wrong and what to do. */
  readonly message: string;
  /** Where another status says more than that of the kind. */
  readonly httpStatus?: number;
}

type ErrorFactories<T extends Record<string, ErrorDeclaration>> = {
  readonly [R in keyof T]: (options?: AppErrorOptions) => AppError;
};

const catalogue = new Map<string, ErrorDeclaration>();

/**
 * Declares the reasons of a module and returns a factory for each:
 * `throw deviceErrors.DEVICE_NOT_PAIRED({ data: { deviceId } })`.
 */
export function defineErrors<const T extends Record<string, ErrorDeclaration>>(
  declarations: T,
): ErrorFactories<T> {
  const factories: Record<string, (options?: AppErrorOptions) => AppError> = {};
  for (const [reason, declaration] of Object.entries(declarations)) {
    if (catalogue.has(reason)) throw new Error(`error reason ${reason} is declared twice`);
    catalogue.set(reason, declaration);
    factories[reason] = (options = {}) =>
      new AppError(declaration.kind, reason, { ...declaration, ...options });
  }
  return factories as ErrorFactories<T>;
}

/** Every declared reason with its kind and text, sorted by reason. */
export function errorCatalogue(): readonly (ErrorDeclaration & { readonly reason: string })[] {
  return [...catalogue]
    .map(([reason, declaration]) => ({ reason, ...declaration }))
    .sort((a, b) => a.reason.localeCompare(b.reason));
}

/** Reasons that belong to no single module. */
export const kernelErrors = defineErrors({
  INVALID_INPUT: { kind: 'BAD_USER_INPUT', message: 'The input is not valid.' },
  INVALID_ID: { kind: 'BAD_USER_INPUT', message: 'The id is malformed.' },
  INVALID_PHONE: {
    kind: 'BAD_USER_INPUT',
    message: 'The phone number is malformed; send international digits such as 628123456789.',
  },
  INVALID_CURSOR: {
    kind: 'BAD_USER_INPUT',
    message: 'The cursor is malformed; use one that this API returned.',
  },
  NOT_FOUND: { kind: 'NOT_FOUND', message: 'There is no such object, or you may not see it.' },
  ACTION_NOT_ALLOWED: { kind: 'FORBIDDEN', message: 'Your role or key does not allow this action.' },
  TOKEN_MISSING: { kind: 'UNAUTHENTICATED', message: 'Send a token as "Authorization: Bearer …".' },
  TOKEN_INVALID: { kind: 'UNAUTHENTICATED', message: 'The token is unknown, malformed or revoked.' },
  TOKEN_EXPIRED: { kind: 'UNAUTHENTICATED', message: 'The token has expired.' },
  RATE_LIMITED: { kind: 'RATE_LIMITED', message: 'Too many requests; try again later.' },
  SHUTTING_DOWN: { kind: 'UNAVAILABLE', message: 'This process is stopping; try again.' },
  DATABASE_UNAVAILABLE: { kind: 'UNAVAILABLE', message: 'The database does not answer; try again.' },
  STALE_VERSION: {
    kind: 'CONFLICT',
    message: 'Somebody changed it meanwhile; look at it as it is now and decide again.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'CONFLICT',
    message: 'This idempotency key was used with another input in the last 24 hours.',
  },
});

/** BAD_USER_INPUT that names each wrong field. */
export function invalidInput(fields: readonly FieldError[]): AppError {
  return kernelErrors.INVALID_INPUT({
    message: fields.map((field) => `${field.path}: ${field.message}`).join('; '),
    fields,
  });
}
