/** A server that the configuration names cannot be used; the message says which variable and why, never the password. */
export class DependencyFailure extends Error {
  constructor(variable: string, address: string, cause: unknown) {
    super(`${variable} names ${address}, which cannot be used: ${reasonOf(cause)}.`, { cause });
    this.name = 'DependencyFailure';
  }
}

/** Passes on what `use` gives, or throws a {@link DependencyFailure} when the server refused, or was never reached. */
export async function usingDependency<T>(
  variable: string,
  address: string,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw isTheirs(error) ? new DependencyFailure(variable, address, error) : error;
  }
}

/** SQLSTATEs of a wrong password, a missing database, missing rights, a full or stopping server. */
const REFUSALS = /^(?:08...|28...|3D000|42501|53...|57P0[1-5])$/;
const SOCKET_CALLS: readonly string[] = ['connect', 'read', 'write', 'getaddrinfo'];
const NEVER_REACHED = /^(?:Connection |timeout |The server does not support SSL|connect ETIMEDOUT)/;

function isTheirs(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTheirs);
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return (
    (syscall !== undefined && SOCKET_CALLS.includes(syscall)) ||
    REFUSALS.test(code ?? '') ||
    NEVER_REACHED.test(error.message)
  );
}

/** A name with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
