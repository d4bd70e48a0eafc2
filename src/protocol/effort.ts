/** How long a question may take before the first word of its answer; what may be read follows from it. */

export const efforts = ['quick', 'normal', 'thorough'] as const;

export type Effort = (typeof efforts)[number];

/** Seconds from the question to the first word. */
export const effortSeconds: Readonly<Record<Effort, number>> = { quick: 10, normal: 40, thorough: 120 };
