/** The weights of the file features, fitted on the development questions (leave-one-repository-out figures in test/bench). */

/** Features of a file, each within 0..1 (log in-degree and cosines too); demotions have negative weights. */
export const featureNames = [
  'sum',
  'best',
  'stem',
  'stemFull',
  'directories',
  'defined',
  'equalsStem',
  'test',
  'example',
  'compat',
  'init',
  'imported',
  'staticBest',
  'staticFile',
  'card',
] as const;
export type FeatureName = (typeof featureNames)[number];
export type Weights = Readonly<Record<FeatureName, number>>;

/** Words and rules alone: no model. */
export const lexicalWeights: Weights = {
  sum: 2.1,
  best: 2.6,
  stem: 1.9,
  stemFull: 0.5,
  directories: 1.4,
  defined: 1.2,
  equalsStem: 1.1,
  test: -1.7,
  example: -1.6,
  compat: -2.1,
  init: -0.2,
  imported: 0.4,
  staticBest: 0,
  staticFile: 0,
  card: 0,
};

/** With static word vectors. */
export const staticWeights: Weights = {
  sum: 1.9,
  best: 1.5,
  stem: 1.6,
  stemFull: 0.4,
  directories: 1.4,
  defined: 1.2,
  equalsStem: 1,
  test: -1.7,
  example: -1.6,
  compat: -2.3,
  init: -0.2,
  imported: 0.6,
  staticBest: 1.3,
  staticFile: 0.7,
  card: 0,
};

/** With static word vectors and the embedder's cosine of question and file card. */
export const denseWeights: Weights = {
  sum: 1.9,
  best: 1.2,
  stem: 1.2,
  stemFull: 0.5,
  directories: 1.2,
  defined: 1.1,
  equalsStem: 1,
  test: -1.6,
  example: -1.6,
  compat: -2.3,
  init: -0.3,
  imported: 0.7,
  staticBest: 1.3,
  staticFile: 0.2,
  card: 1.1,
};

/** With the cosine of question and card while the static vectors are still being made. */
export const cardWeights: Weights = { ...lexicalWeights, card: 1.5 };

/** How many times more the symbol features count when the question is one identifier. */
export const identifierSymbolFactor = 3;
