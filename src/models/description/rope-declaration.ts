/**
 * The RoPE scaling that a model's own file declares: `rope_parameters` of a config.json (transformers; formerly
 * `rope_scaling`) or `<architecture>.rope.*` of a GGUF file, in one shape. The runtime computes frequencies from it.
 *
 * Optional numbers are absent where the file does not say; what then holds is the rule's own default.
 */

/** `default` is no scaling. `su` (early phi3) is `longrope`; `ntk` has no name in either format. */
export type DeclaredRopeType = 'default' | 'linear' | 'dynamic' | 'yarn' | 'llama3' | 'longrope';

export interface DeclaredRopeScaling {
  /** `rope_type`. */
  readonly ropeType: DeclaredRopeType;
  /** `rope_theta`, where the declaration has its own; otherwise the base of the hyperparameters holds. */
  readonly ropeBase?: number;
  /** `partial_rotary_factor`: the share of a head that is rotated. */
  readonly partialRotaryFactor?: number;
  /** `factor`: how many times the original context is stretched. */
  readonly factor?: number;
  /** `original_max_position_embeddings`: tokens the model was trained for before it was stretched. */
  readonly originalContextLength?: number;
  /** `max_position_embeddings`: tokens after stretching; longrope without a factor divides the two. */
  readonly contextLength?: number;
  /** `attention_factor`: on cosine and sine; the rule's own formula where absent (yarn, longrope). */
  readonly attentionFactor?: number;
  /** yarn: turns within the original context from which a pair stays (32), and below which it is interpolated (1). */
  readonly betaFast?: number;
  readonly betaSlow?: number;
  /** yarn: `mscale` and `mscale_all_dim` (DeepSeek); their quotient becomes the attention factor. */
  readonly mscale?: number;
  readonly mscaleAllDim?: number;
  /** yarn: whether the ends of the ramp are rounded to whole pairs; true where absent. */
  readonly truncate?: boolean;
  /** llama3: turns within the original context below which a pair is divided, and above which it stays. */
  readonly lowFrequencyFactor?: number;
  readonly highFrequencyFactor?: number;
  /** longrope: what each frequency is divided by, up to the original context and beyond it. */
  readonly shortFactors?: readonly number[];
  readonly longFactors?: readonly number[];
}

/**
 * The declaration as text in the grammar of `--rope`, which is how hyperparameters carry it. Numbers keep every digit.
 * What the hyperparameters say themselves (base, share of a head) is left out.
 */
export function ropeSpecification(declared: DeclaredRopeScaling): string {
  const keys: (readonly [string, string | number | boolean | undefined])[] = [
    ['original', declared.originalContextLength],
    ...keysOf(declared),
  ];
  const given = keys.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${String(value)}`]));
  return [declared.ropeType, ...factorOf(declared), ...given].join(':');
}

/** Stretched by so much; longrope says it by two lengths. */
function factorOf({ ropeType, factor, contextLength, originalContextLength }: DeclaredRopeScaling): string[] {
  if (ropeType === 'default') return [];
  const stretch = contextLength && originalContextLength ? contextLength / originalContextLength : 1;
  return [String(factor ?? Math.max(1, stretch))];
}

function keysOf(d: DeclaredRopeScaling): (readonly [string, string | number | boolean | undefined])[] {
  if (d.ropeType === 'llama3')
    return [
      ['low', d.lowFrequencyFactor],
      ['high', d.highFrequencyFactor],
    ];
  if (d.ropeType === 'longrope')
    return [
      ['attention', d.attentionFactor],
      ['short', d.shortFactors?.join(',')],
      ['long', d.longFactors?.join(',')],
    ];
  if (d.ropeType !== 'yarn') return [];
  return [
    ['attention', d.attentionFactor],
    ['beta-fast', d.betaFast],
    ['beta-slow', d.betaSlow],
    ['mscale', d.mscale],
    ['mscale-all-dim', d.mscaleAllDim],
    ['truncate', d.truncate],
  ];
}
