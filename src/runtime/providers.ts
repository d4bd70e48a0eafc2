/** Which execution providers work on this machine: each is tried in a process of its own, for a driver may crash or hang. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CancelledError, throwIfCancelled } from '../base/cancellation.ts';
import type { ProbeReport } from '../protocol/models.ts';

type ProviderVerdict = ProbeReport['providers'][number];

const patienceMs = 30_000;
const outcomeSchema = z.object({ usable: z.boolean(), reason: z.string() });

/** Those that the ONNX Runtime package brings for this platform, the one we would choose first. */
export function providersToTry(platform: NodeJS.Platform = process.platform): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['webgpu', 'coreml', 'cpu'];
    case 'win32':
      return ['webgpu', 'dml', 'cpu'];
    default:
      return ['webgpu', 'cpu'];
  }
}

/** One after another, so that they do not disturb each other. @throws CancelledError */
export async function probeProviders(signal: AbortSignal, script?: URL): Promise<readonly ProviderVerdict[]> {
  const verdicts: ProviderVerdict[] = [];
  for (const name of providersToTry()) verdicts.push({ name, ...(await probeProvider(name, signal, script)) });
  return verdicts;
}

export async function probeProvider(
  name: string,
  signal: AbortSignal,
  script?: URL,
): Promise<z.infer<typeof outcomeSchema>> {
  throwIfCancelled(signal);
  const sibling = import.meta.url.endsWith('.ts') ? './provider-probe.ts' : './provider-probe.mjs';
  const child = fork(fileURLToPath(script ?? new URL(sibling, import.meta.url)), [name], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  let output = '';
  let complaint = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  child.stderr?.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString('utf8')).slice(-2000)));
  const timeout = { passed: false };
  const timer = setTimeout(() => {
    timeout.passed = true;
    child.kill('SIGKILL');
  }, patienceMs);
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ending = await new Promise<{ code: number | null; signal: string | null; error?: Error }>((resolve) => {
      child.once('error', (error) => {
        resolve({ code: null, signal: null, error });
      });
      child.once('close', (code, by) => {
        resolve({ code, signal: by });
      });
    });
    if (signal.aborted) throw new CancelledError();
    if (timeout.passed)
      return { usable: false, reason: `it did not answer within ${String(patienceMs / 1000)} seconds` };
    const outcome = outcomeOf(output) ?? { usable: false, reason: crashReason(ending, complaint) };
    return { ...outcome, reason: plainReason(outcome.reason) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** ONNX Runtime puts the source line and the failed condition before the sentence. */
function plainReason(reason: string): string {
  return reason.replace(/^.* was (?:true|false)\.\s*/s, '').trim();
}

function outcomeOf(output: string): z.infer<typeof outcomeSchema> | undefined {
  for (const line of output.split('\n').toReversed())
    try {
      return outcomeSchema.parse(JSON.parse(line));
    } catch {
      // A driver's own chatter; the line we wait for is the last one of ours.
    }
  return undefined;
}

function crashReason(ending: { code: number | null; signal: string | null; error?: Error }, complaint: string): string {
  if (ending.error) return ending.error.message;
  const how =
    ending.signal === null ? `it ended with status ${String(ending.code)}` : `it crashed with ${ending.signal}`;
  const last = complaint.trim().split('\n').at(-1) ?? '';
  return last === '' ? how : `${how}: ${last}`;
}
