/**
 * Whatever a field of the API with an action of its own hangs on: it knows the subaccount that it belongs to, null for what is of the agency as a whole.
 * Whether the caller may do the action there is asked before the field's method runs.
 */
export interface Placed {
  readonly placeId: string | null;
}

export function isPlaced(root: unknown): root is Placed {
  return typeof root === 'object' && root !== null && 'placeId' in root;
}
