/** How long something is waited for by default, ms. Only what never comes takes that long, also where a machine has little time. */
export const PATIENCE_MS = 30_000;
