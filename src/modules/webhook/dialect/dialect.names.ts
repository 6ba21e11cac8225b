/** How what happened is told to a receiver: in our own words, or in those of a product that its script was written for. */
export const DIALECTS = ['TRUNKLINE', 'WAGY', 'WHATSPIE', 'WAPIZ'] as const;
export type Dialect = (typeof DIALECTS)[number];
