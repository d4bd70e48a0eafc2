/** Which execution provider a decoder is computed with: what is wanted, as far as it works here, else the processor, with the reason. */
import { fault } from '../../base/errors.ts';
import { type Sentence, joined, paragraph, say } from '../../base/sentences.ts';
import { verdictsFolder } from '../../models/home.ts';
import type { Provider, ProviderChoice } from '../../protocol/providers.ts';
import { providerFingerprint } from './provider-fingerprint.ts';
import { collectCrashes, liftQuarantine, markTold, readQuarantine } from './provider-guard.ts';
import { readOutcomes, writeOutcome } from './provider-verdicts.ts';
import { type ProbeOptions, type ProviderOutcome, probeProvider, providersToTry } from './providers.ts';

export interface ChosenProvider {
  readonly provider: Provider;
  /** Whether flash attention is right there. */
  readonly flash: boolean;
  /** Of the drivers it was chosen under. */
  readonly fingerprint: string;
  /** Why no other one was chosen, a sentence's worth each; empty when nothing else was wanted. */
  readonly reasons: readonly Sentence[];
  /** What the user is told once. */
  readonly notice: Sentence | null;
}

export interface ChoiceOptions {
  /** LONGSIGHT_HOME, where verdicts are kept. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly probe?: ProbeOptions;
}

/**
 * A provider that was never tried under these drivers is tried now, in a child process.
 * @throws LS2005, LS2006 when the verdict cannot be kept; CancelledError
 */
export async function chooseProvider(wanted: ProviderChoice, options: ChoiceOptions): Promise<ChosenProvider> {
  const { home } = options;
  const fingerprint = providerFingerprint();
  const processor = { provider: 'cpu' as const, flash: false, fingerprint };
  if (wanted === 'cpu') return { ...processor, reasons: [], notice: null };
  await collectCrashes(home);
  const candidates = wanted === 'auto' ? providersToTry().filter((name) => name !== 'cpu') : [wanted];
  const reasons: Sentence[] = [];
  const notices: Sentence[] = [];
  let best: { readonly provider: Provider; readonly flash: boolean; readonly decodeMs: number } | null = null;
  for (const provider of candidates) {
    const quarantine = await readQuarantine(home, provider, fingerprint);
    if (quarantine) {
      reasons.push(say('{0} is no longer used: {1}', provider, quarantine.reason));
      if (!quarantine.told) {
        notices.push(say('{0}', fault('LS3012', joined([provider, quarantine.reason], ': ')).userError));
        await markTold(home, provider, quarantine);
      }
      continue;
    }
    const { usable, reason, flash, speed } = await outcomeOf(provider, fingerprint, wanted === 'auto', options);
    if (!usable) {
      reasons.push(say('{0} cannot be used: {1}', provider, reason));
      continue;
    }
    if (wanted !== 'auto') return { provider, flash, fingerprint, reasons, notice: null };
    const decodeMs = speed?.there.decodeMs ?? Number.POSITIVE_INFINITY;
    if (decodeMs >= (speed?.processor.decodeMs ?? 0))
      reasons.push(say('{0} is slower than the processor: {1}', provider, reason));
    else if (!best || decodeMs < best.decodeMs) best = { provider, flash, decodeMs };
  }
  const notice = paragraph(notices);
  if (!best) return { ...processor, reasons, notice };
  return { provider: best.provider, flash: best.flash, fingerprint, reasons, notice };
}

/** Tries all providers again; one that works is out of quarantine. @throws as {@link chooseProvider} */
export async function probeAgain(
  options: ChoiceOptions,
): Promise<readonly (ProviderOutcome & { readonly name: Provider })[]> {
  const { home, signal, probe } = options;
  const fingerprint = providerFingerprint();
  await collectCrashes(home);
  const found: (ProviderOutcome & { readonly name: Provider })[] = [];
  for (const name of providersToTry()) {
    const outcome = await probeProvider(name, signal, { folder: verdictsFolder(home), ...probe });
    await writeOutcome(home, fingerprint, name, outcome);
    if (outcome.usable) await liftQuarantine(home, name);
    found.push({ name, ...outcome });
  }
  return found;
}

/** Remembers that a provider that passed its trial failed with a real model. */
export async function refuseProvider(
  home: string,
  { provider, fingerprint }: ChosenProvider,
  why: Sentence,
): Promise<void> {
  await writeOutcome(home, fingerprint, provider, {
    usable: false,
    reason: why,
    decoder: true,
    flash: false,
    speed: null,
  });
}

async function outcomeOf(
  provider: Provider,
  fingerprint: string,
  quick: boolean,
  { home, signal, probe }: ChoiceOptions,
): Promise<ProviderOutcome> {
  const known = (await readOutcomes(home, fingerprint))[provider];
  // Whoever asks for a slow provider by name still gets it only after its decoder was compared.
  if (known && (quick || known.decoder || !known.usable)) return known;
  const outcome = await probeProvider(provider, signal, { quick, folder: verdictsFolder(home), ...probe });
  await writeOutcome(home, fingerprint, provider, outcome);
  return outcome;
}
