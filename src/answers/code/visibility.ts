/** Whether a definition is meant for others, by the rules or customs of its language. */
import type { SymbolDefinition } from '../../index/types.ts';
import type { FileText } from './file-text.ts';

/** Public to users of the package: exported, not private, not marked internal by its name. */
export function isPublicDefinition(symbol: SymbolDefinition, file: FileText): boolean {
  const { name, signature, kind, scope } = symbol;
  const isMember = scope.length > 0;
  switch (file.language) {
    case 'python':
      return !name.startsWith('_') && !scope.some((part) => part.startsWith('_'));
    case 'go':
      return /^\p{Lu}/u.test(name) && (kind !== 'method' || scope.every((part) => /^\p{Lu}/u.test(part)));
    case 'rust':
      return /\bpub\b/.test(signature) || (isMember && kind === 'constant');
    case 'java':
      return isMember && !/\b(?:public|private|protected)\b/.test(signature)
        ? isInInterface(symbol, file)
        : /\bpublic\b/.test(signature);
    case 'csharp':
      return /\bpublic\b/.test(signature) || (isMember && isInInterface(symbol, file));
    case 'cpp':
    case 'c':
      return isMember ? accessSection(symbol, file) === 'public' : !/^\s*static\b/.test(signature);
    case 'ruby':
      return !isBelowPrivate(symbol, file);
    case 'php':
      return !/\b(?:private|protected)\b/.test(signature);
    case 'typescript':
    case 'typescriptreact':
    case 'javascript':
    case 'javascriptreact':
      if (isMember) return !/\b(?:private|protected)\b/.test(signature) && !/^[#_]/.test(name);
      return isExportedByScript(symbol, file);
    default:
      return !name.startsWith('_') && !/\bprivate\b/.test(signature);
  }
}

function isExportedByScript({ name, startLine }: SymbolDefinition, { lines }: FileText): boolean {
  if (/^\s*export\b/.test(lines[startLine - 1] ?? '') || /^\s*export\b/.test(lines[startLine - 2] ?? '')) return true;
  const text = lines.join('\n');
  return [...text.matchAll(/^\s*export\s*(?:type\s*)?\{([^}]*)\}|\bmodule\.exports\s*=\s*\{?([^;}]*)/gm)].some(
    (match) =>
      new RegExp(String.raw`(?<![\w$])${name.replaceAll('$', String.raw`\$`)}(?![\w$])`).test(
        match[1] ?? match[2] ?? '',
      ),
  );
}

/** The lines from the head of the type around a member to the member. */
function before({ startLine }: SymbolDefinition, { lines }: FileText, most = 400): string[] {
  return lines.slice(Math.max(0, startLine - 1 - most), startLine - 1).toReversed();
}

function isInInterface(symbol: SymbolDefinition, file: FileText): boolean {
  const owner = symbol.scope.at(-1) ?? '';
  const head = before(symbol, file).find((line) =>
    new RegExp(String.raw`\b(?:class|interface|enum|record|struct)\s+${owner}\b`).test(line),
  );
  return head !== undefined && /\binterface\b/.test(head);
}

function accessSection(symbol: SymbolDefinition, file: FileText): string {
  const owner = symbol.scope.at(-1) ?? '';
  const head = new RegExp(String.raw`\b(class|struct|union)\b[^;]*\b${owner}\b`);
  for (const line of before(symbol, file)) {
    const section = /^\s*(public|private|protected)\b[^;{]*:/.exec(line)?.[1];
    if (section !== undefined) return section;
    const kind = head.exec(line)?.[1];
    if (kind !== undefined) return kind === 'class' ? 'private' : 'public';
  }
  return 'public';
}

function isBelowPrivate(symbol: SymbolDefinition, file: FileText): boolean {
  for (const line of before(symbol, file)) {
    if (/^\s*(?:private|protected)\s*$/.test(line)) return true;
    if (/^\s*(?:public|class\b.*|module\b.*)$/.test(line)) return false;
  }
  return false;
}
