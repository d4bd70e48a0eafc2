/** Execution providers: what computes a decoder's graphs, as settings and options name it. */

/** `auto` takes the best one that computes right and faster than the processor on this machine. */
export const providerChoices = ['auto', 'cpu', 'webgpu', 'dml', 'coreml', 'cuda'] as const;
export type ProviderChoice = (typeof providerChoices)[number];
export type Provider = Exclude<ProviderChoice, 'auto'>;
