/** Which HTTP status a body answers with, and which literals it sets a name to. */
import { STATUS_CODES } from 'node:http';
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, type Body, occurrencesIn } from './bodies.ts';
import { isSetAt } from './deeds.ts';
import { type Known, agreed } from './known.ts';
import { reachedFrom } from './uses.ts';

const names = new Map(
  Object.entries(STATUS_CODES).map(([code, name]) => [(name ?? '').toLowerCase().replaceAll(/[^a-z]/g, ''), code]),
);

export function hasStatus(bodies: Bodies, subject: Mention, code: string): Known {
  const own = bodies.of(subject).filter(({ symbol }) => symbol.kind !== 'variable' && symbol.kind !== 'constant');
  if (own.length === 0) return 'unknown';
  const there = new Set([...own, ...reachedFrom(bodies, own)].flatMap(statusesIn));
  if (there.has(code)) return 'yes';
  // A status may come from elsewhere, but for a body that names its own.
  return own.every((body) => statusesIn(body).length > 0) ? 'no' : 'unknown';
}

/** Statuses as numbers and by the names that libraries give them (`StatusTooManyRequests`, `HTTP_404_NOT_FOUND`). */
function statusesIn({ code }: Body): string[] {
  const numbers = (code.match(/(?<![\w.$])[1-5]\d\d(?![\w.])/g) ?? []).filter((one) => STATUS_CODES[one] !== undefined);
  const named = (code.match(/[A-Za-z_]\w*/g) ?? []).flatMap((word) => {
    const plain = word.toLowerCase().replaceAll(/[^a-z]/g, '');
    const bare = plain.replace(/^(?:http)?(?:status)?(?:code)?/, '');
    // One word that is common in code ("found", "ok", "created") is a status where the name says that it is one.
    const isSaid = bare !== plain || bare.length > 12;
    return isSaid ? (names.get(bare) ?? []) : [];
  });
  return [...numbers, ...named];
}

const literal = /^(?:true|false|nil|null|none|undefined|nullptr|-?\d+(?:\.\d+)?)$/i;

export function isAssigned(bodies: Bodies, user: Mention | null, target: Mention, value: string): Known {
  const among = user ? bodies.of(user) : bodies.read;
  const setting = (user && among.length === 0 ? bodies.read : among).filter(({ symbol }) => symbol.kind !== 'type');
  const wanted = plain(value);
  return agreed(
    setting.flatMap((body): Known[] => {
      const values = occurrencesIn({ code: body.code, text: '' }, target)
        .filter((at) => isSetAt(body.code, at))
        .map((at) => /^[^=\n]*=\s*([^;,\n]*)/.exec(body.code.slice(at))?.[1]?.trim() ?? '');
      if (values.length === 0) return [];
      if (values.some((one) => plain(one) === wanted)) return ['yes'];
      return values.every((one) => literal.test(one)) ? ['no'] : ['unknown'];
    }),
  );
}

function plain(value: string): string {
  return value.toLowerCase().replace(/^(?:none|null|undefined|nullptr)$/, 'nil');
}
