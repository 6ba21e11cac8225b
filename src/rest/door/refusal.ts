import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, invalidInput } from '../../kernel/errors.js';
import { refusalOf } from '../../platform/http/http-errors.js';

/** What a door says no with; how it says so is its own. */
export interface Refusal {
  readonly status: number;
  readonly error: AppError;
}

/** Whatever was thrown on the way to a route or in it. What nobody outside may read has become an INTERNAL error of status 500. */
export function refusalOfDoor(thrown: unknown): Refusal {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const fields = thrown.validation.map(({ instancePath, message }) => ({
      path: instancePath.slice(1).replaceAll('/', '.'),
      message: message ?? 'is not valid',
    }));
    return { status: 400, error: invalidInput(fields) };
  }
  return (
    refusalOf(thrown) ?? {
      status: 500,
      error: new AppError('INTERNAL_SERVER_ERROR', 'INTERNAL', { cause: thrown }),
    }
  );
}
