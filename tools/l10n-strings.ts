/** Collects every text that goes through `l10n.t` or `say` in a folder of sources; a call whose text is not a literal cannot be translated and is refused. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** @param exclude folders below it that never speak in the editor @returns the texts, each once, in order of the alphabet */
export function collectStrings(folder: string, exclude: readonly string[] = []): string[] {
  const found = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: folder })) {
    if (exclude.some((one) => file.startsWith(`${one}/`))) continue;
    const source = ts.createSourceFile(
      file,
      readFileSync(path.join(folder, file), 'utf8'),
      ts.ScriptTarget.ESNext,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (
        ts.isCallExpression(node) &&
        /(^|\.)l10n\.t$|^say$|(^|\.|#)speaker\.say$/.test(node.expression.getText(source))
      ) {
        const [text] = node.arguments;
        if (!text || !ts.isStringLiteralLike(text))
          throw new Error(`${file}: the text of l10n.t and say must be a literal: ${node.getText(source)}`);
        if (/\p{L}/u.test(text.text)) found.add(text.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}
