/**
 * Runs a Jinja template that came with a model file, and so from anywhere: it can neither run for long nor fill the memory.
 * The interpreter is @huggingface/jinja's; what bounds it is a look at every step and at every value that a step makes.
 */
import * as jinja from '@huggingface/jinja';

interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
}

interface Statement {
  readonly type: string;
  readonly filter?: Statement;
  readonly callee?: { readonly value?: unknown };
  readonly args?: readonly Statement[];
  readonly value?: unknown;
}

interface Environment {
  set(name: string, value: unknown): unknown;
}

interface Interpreter {
  run(program: Statement): RuntimeValue;
  evaluate(statement: Statement | undefined, environment: Environment): RuntimeValue;
}

/** Its own declarations do not resolve under Node's module rules, so the part we call is declared here. */
interface Library {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (environment: Environment) => Interpreter;
  readonly tokenize: (source: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }) => unknown;
  readonly parse: (tokens: unknown) => Statement;
}
const library = jinja as unknown as Library;

/** A template that asks for more than any conversation needs; never answered by a fall-back. */
export class TemplateLimitError extends Error {
  override readonly name = 'TemplateLimitError';
}

const longestSource = 512 * 1024;
/** The parser's time grows with the square of a run of white space. */
const longestBlank = 2000;
const mostSteps = 2_000_000;
const longestMs = 2000;
const mostItems = 10_000;
/** Characters a value may have beyond four times what was put in. */
const baseLength = 1_000_000;
const widestIndent = 1000;

export class BoundedTemplate {
  readonly #program: Statement;

  /** @throws Error when it is no template, TemplateLimitError when it is none that a model would have */
  constructor(source: string) {
    if (source.length > longestSource) throw new TemplateLimitError('it is longer than 512 kB');
    if (new RegExp(`\\s{${longestBlank}}`).test(source))
      throw new TemplateLimitError('it has a run of blanks without end');
    // The settings of the transformers library.
    this.#program = library.parse(library.tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  }

  /**
   * @param variables plain data @param now what `strftime_now` tells
   * @throws Error what the template raised or did wrong, TemplateLimitError when it did too much
   */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string {
    const environment = new library.Environment();
    for (const [name, value] of Object.entries(globals(now))) environment.set(name, value);
    let given = 0;
    JSON.stringify(variables, (_, value: unknown) => {
      if (typeof value === 'string') given += value.length;
      return value;
    });
    for (const [name, value] of Object.entries(variables)) environment.set(name, value);
    const { value } = new BoundedInterpreter(environment, baseLength + 4 * given).run(this.#program);
    if (typeof value !== 'string') throw new Error('it makes no text');
    return value;
  }
}

class BoundedInterpreter extends library.Interpreter {
  readonly #longest: number;
  readonly #until = performance.now() + longestMs;
  #steps = 0;

  constructor(environment: Environment, longest: number) {
    super(environment);
    this.#longest = longest;
  }

  override evaluate(statement: Statement | undefined, environment: Environment): RuntimeValue {
    this.#steps += 1;
    if (this.#steps > mostSteps || (this.#steps % 1024 === 0 && performance.now() > this.#until))
      throw new TemplateLimitError('it runs for too long');
    if (statement?.filter) this.#checkFilter(statement.filter, environment);
    const result = super.evaluate(statement, environment);
    const { value } = result;
    if (typeof value === 'string' && value.length > this.#longest)
      throw new TemplateLimitError('it makes too long a text');
    if (Array.isArray(value) && value.length > mostItems) throw new TemplateLimitError('it makes too long a list');
    return result;
  }

  /** Filters that write blanks are told how many by their arguments. */
  #checkFilter(filter: Statement, environment: Environment): void {
    if (filter.callee?.value !== 'indent' && filter.callee?.value !== 'tojson') return;
    for (const argument of filter.args ?? []) {
      const node = argument.type === 'KeywordArgumentExpression' ? (argument.value as Statement) : argument;
      const { value } = super.evaluate(node, environment);
      if (typeof value === 'number' && value > widestIndent) throw new TemplateLimitError('it indents too far');
    }
  }
}

function globals(now: Date): Readonly<Record<string, unknown>> {
  return {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    range,
    raise_exception: (message: unknown) => {
      throw new Error(String(message));
    },
    strftime_now: (format: string) => formatTime(now, format),
  };
}

function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const count = Math.ceil((stop - start) / step);
  if (step === 0 || Number.isNaN(count)) throw new Error('range() of no numbers');
  if (count > mostItems) throw new TemplateLimitError('it makes too long a list');
  return Array.from({ length: Math.max(0, count) }, (_, i) => start + i * step);
}

/** As C's strftime, for what templates use; local time, as Python's. */
function formatTime(now: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = (style: 'short' | 'long'): string => now.toLocaleString('en-US', { month: style });
  const day = (style: 'short' | 'long'): string => now.toLocaleString('en-US', { weekday: style });
  const codes: Readonly<Record<string, () => string>> = {
    Y: () => String(now.getFullYear()),
    m: () => two(now.getMonth() + 1),
    d: () => two(now.getDate()),
    b: () => month('short'),
    B: () => month('long'),
    a: () => day('short'),
    A: () => day('long'),
    H: () => two(now.getHours()),
    M: () => two(now.getMinutes()),
    S: () => two(now.getSeconds()),
    '%': () => '%',
  };
  return format.replace(/%([A-Za-z%])/g, (whole, code: string) => codes[code]?.() ?? whole);
}
