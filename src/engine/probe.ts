/** The probe of a decoder; until it is built, asking for it is refused. */
import { fault } from '../base/errors.ts';
import type { ProbeReport } from '../protocol/models.ts';

export function probeModel(): Promise<ProbeReport> {
  return Promise.reject(fault('LS1002', 'probe'));
}
