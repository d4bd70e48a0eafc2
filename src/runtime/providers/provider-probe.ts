/**
 * The child process that tries one execution provider (provider-trial.ts). It says what came of it in lines of JSON, the last of
 * which holds; a driver that crashes takes only this process with it.
 */
import { say } from '../../base/sentences.ts';
import { providerChoices } from '../../protocol/providers.ts';
import { type TrialOutcome, tryProvider } from './provider-trial.ts';

function tell(outcome: TrialOutcome): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

const [name = '', folder = '', depth = ''] = process.argv.slice(2);
let outcome: TrialOutcome;
try {
  const provider = providerChoices.find((one) => one === name);
  if (provider === undefined || provider === 'auto') throw new Error(`there is no provider "${name}"`);
  outcome = await tryProvider(provider, folder, depth === 'quick', tell);
} catch (error) {
  const reason = say('{0}', plainReason(error instanceof Error ? error.message : String(error)));
  outcome = { usable: false, reason, decoder: false, flash: false, speed: null };
}
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => {
  // Some drivers keep threads that would hold the process open.
  process.exit(0);
});

/** ONNX Runtime puts the source line and the failed condition before the sentence. */
function plainReason(reason: string): string {
  return reason.replace(/^.* was (?:true|false)\.\s*/s, '').trim();
}
