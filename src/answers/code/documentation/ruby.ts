/** RDoc and YARD: `+code+`, links in braces, tags behind an at sign. */
import { beforeTags, ticked, withoutHtml } from './marks.ts';

export function fromRuby(documentation: string): string {
  return withoutHtml(
    beforeTags(documentation, /^\s*(?:@[a-z]|=begin|:(?:call-seq|nodoc|yields|stopdoc)\b)/)
      .replaceAll(/\{([^{}\s]+)\s*([^{}]*)\}(?:\[[^\]\n]*\])?/g, (_whole, target: string, label: string) =>
        label.trim() === '' ? ticked(target) : label.trim(),
      )
      .replaceAll(/(?<![\w+])\+([\w:?!.#=[\]]+)\+(?![\w+])/g, (_whole, code: string) => ticked(code)),
  );
}
