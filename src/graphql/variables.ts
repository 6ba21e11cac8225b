import { Kind, coerceInputValue, isInputType, typeFromAST, valueFromAST } from 'graphql';
import type { GraphQLError, GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode } from 'graphql';
import { AppError, invalidInput } from '../kernel/errors.js';
import type { FieldError } from '../kernel/errors.js';
import { withFields } from './error-formatter.js';

/** Suggestions tell of the schema, which callers without a token do not see. */
const SUGGESTION = / ?Did you mean [^?]*\?/g;

interface Problem extends FieldError {
  /** The scalar's own error, when it is one of ours. */
  readonly error: AppError | null;
}

/**
 * The values of an operation's variables as resolvers will see them. Throws one error that names every wrong one by its
 * path, `input.media.url`; graphql-js tells paths only inside sentences.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const value = coerceVariable(schema, definition, given, problems);
    if (value !== undefined) values[name] = value;
  }
  if (problems.length > 0) throw refuse(problems);
  return values;
}

function coerceVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  given: Readonly<Record<string, unknown>>,
  problems: Problem[],
): unknown {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type)) return undefined;
  if (!Object.hasOwn(given, name) && definition.defaultValue !== undefined) {
    return valueFromAST(definition.defaultValue, type);
  }
  if (!Object.hasOwn(given, name) && definition.type.kind !== Kind.NON_NULL_TYPE) return undefined;
  return coerceInputValue(given[name] ?? null, type, (path, _value, error) => {
    problems.push(toProblem([name, ...path], error));
  });
}

/** graphql-js reports these two at the object around the field. */
const FIELD_PROBLEM = /^Field "(\w+)" (?:of required type|is not defined)/;

function toProblem(path: readonly (string | number)[], error: GraphQLError): Problem {
  const own = error.originalError instanceof AppError ? error.originalError : null;
  const field = FIELD_PROBLEM.exec(error.message)?.[1];
  return {
    path: [...path, ...(field === undefined ? [] : [field])].join('.'),
    message: own?.message ?? error.message.replace(SUGGESTION, ''),
    error: own,
  };
}

/** One wrong value keeps its own reason, such as INVALID_PHONE; several share INVALID_INPUT. */
function refuse(problems: readonly Problem[]): AppError {
  const fields = problems.map(({ path, message }) => ({ path, message }));
  const [first] = problems;
  return problems.length === 1 && first?.error != null
    ? withFields(first.error, fields)
    : invalidInput(fields);
}
