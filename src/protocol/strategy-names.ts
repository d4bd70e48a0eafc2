/** The names of the reading strategies, as a request and the command line take them. */
export const strategyNames = [
  'auto',
  'select',
  'reuse',
  'stuff',
  'memrecall',
  'map-reduce',
  'refine',
  'map-rerank',
  'jrt',
  'reread',
  'pcw',
  'nbce',
] as const;
