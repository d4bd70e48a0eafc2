/** Parsers of option values; each refuses what it cannot read with LS1002 and names the option. */
import { fault } from '../base/errors.ts';

/** A commander parser for whole numbers of at least `least`. */
export function wholeNumber(option: string, least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least)
      throw fault('LS1002', `${option} takes a whole number of at least ${least}, not "${value}"`);
    return number;
  };
}

export function nonNegativeNumber(option: string): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number) || number < 0)
      throw fault('LS1002', `${option} takes a number of at least 0, not "${value}"`);
    return number;
  };
}

/** `1,2,3` */
export function tokenIds(value: string): number[] {
  return wholeNumbers('--token-ids')(value);
}

/** Whole numbers from 0 on, with commas between. @param option named in the complaint */
export function wholeNumbers(option: string): (value: string) => number[] {
  return (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(wholeNumber(option, 0));
}

/** Collects a repeatable option. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export interface Place {
  readonly path: string;
  readonly startLine?: number;
  readonly endLine?: number;
}

/** `PATH`, `PATH:LINE` or `PATH:LINE-LINE`. */
export function parsePlace(text: string): Place {
  const match = /^(?<path>.+?):(?<start>\d+)(?:-(?<end>\d+))?$/.exec(text);
  if (!match?.groups) return { path: text };
  const { path = text, start, end } = match.groups;
  const startLine = Number(start);
  const endLine = end === undefined ? startLine : Number(end);
  if (startLine < 1 || endLine < startLine) throw fault('LS1002', `lines count from 1 and go forward, not "${text}"`);
  return { path, startLine, endLine };
}
