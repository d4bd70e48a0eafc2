/** reStructuredText as docstrings use it: roles, literals, references, directives, field lists. */
import { beforeTags, lastPart, ticked } from './marks.ts';

/** Directives whose text is told as a sentence of its own. */
const told =
  /^(\s*)\.\. (note|warning|tip|important|attention|caution|deprecated|versionadded|versionchanged)::[ \t]*/gm;

export function fromRestructuredText(documentation: string): string {
  const withTold = documentation.replaceAll(
    told,
    (_whole, indent: string, name: string) => `${indent}${name.charAt(0).toUpperCase()}${name.slice(1)}: `,
  );
  return inlineMarkup(
    withoutDirectives(
      beforeTags(
        withTold,
        /^\s*:(?:param|parameter|arg|argument|key|keyword|type|raises?|except|exception|returns?|rtype|var|ivar|cvar|vartype|meta)\b[^:]*:/,
      ),
    ),
  );
}

/** Roles, literals and references as text and code. */
function inlineMarkup(text: string): string {
  return text
    .replaceAll(/``([^`\n]+(?:\n[^`\n]+)?)``/g, (_whole, code: string) => ticked(code))
    .replaceAll(/(?::[a-z][\w+.-]*)+:`([^`]+)`/gi, (_whole, target: string) => roleText(target))
    .replaceAll(/`([^`<\n]+?)\s*<[^>`]*>`_{1,2}/g, '$1')
    .replaceAll(/`([^`\n]+)`_{1,2}/g, '$1')
    .replaceAll(/\|([\w ]+)\|_?/g, '$1')
    .replaceAll(/(?<![\w*])\*{1,2}([^*\s][^*\n]*)\*{1,2}(?![\w*])/g, '$1')
    .replaceAll(/(\w)::$/gm, '$1:');
}

/** `Title <target>` shows its title, `~a.b.C` its last part, `!name` the name. */
function roleText(target: string): string {
  const titled = /^([^<]*\S)\s*<[^>]*>$/.exec(target);
  if (titled?.[1] !== undefined) return titled[1];
  return ticked(target.startsWith('~') ? lastPart(target.slice(1)) : target.replace(/^!/, ''));
}

/** Other directives, targets and comments go, with the lines that are indented under them. */
function withoutDirectives(text: string): string {
  const kept: string[] = [];
  let under: number | null = null;
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    if (under !== null && (line.trim() === '' || indent > under)) continue;
    under = /^\s*\.\.(?:\s|$)/.test(line) ? indent : null;
    // What stood before a directive and what comes after it are two paragraphs.
    kept.push(under === null ? line : '');
  }
  return kept.join('\n');
}
