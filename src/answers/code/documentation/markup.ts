/**
 * Documentation comments read by their own markup: what a reader of the rendered page would see, as paragraphs of text with code
 * between backticks. One converter a markup, chosen by the language of the file.
 */
import { fromCSharp } from './csharp-xml.ts';
import { fromDoxygen } from './doxygen.ts';
import { fromGo } from './go-doc.ts';
import { fromJavadoc } from './javadoc.ts';
import { fromJsdoc } from './jsdoc.ts';
import { fromPython } from './python.ts';
import { fromRestructuredText } from './restructured-text.ts';
import { fromRuby } from './ruby.ts';
import { fromRustdoc } from './rustdoc.ts';

/** Characters that are looked at: more than any comment that the index keeps. */
const longest = 8000;

type Converter = (documentation: string) => string;

const converters: Readonly<Record<string, Converter>> = {
  c: fromDoxygen,
  cpp: fromDoxygen,
  csharp: fromCSharp,
  cuda: fromDoxygen,
  dart: fromRustdoc,
  fsharp: fromCSharp,
  go: fromGo,
  groovy: fromJavadoc,
  java: fromJavadoc,
  javascript: fromJsdoc,
  javascriptreact: fromJsdoc,
  jsx: fromJsdoc,
  kotlin: fromJavadoc,
  'objective-c': fromDoxygen,
  'objective-cpp': fromDoxygen,
  php: fromJsdoc,
  python: fromPython,
  restructuredtext: fromRestructuredText,
  ruby: fromRuby,
  rust: fromRustdoc,
  scala: fromJavadoc,
  swift: fromRustdoc,
  tsx: fromJsdoc,
  typescript: fromJsdoc,
  typescriptreact: fromJsdoc,
  vb: fromCSharp,
};

/**
 * @param documentation a comment without its comment signs
 * @returns the text before the first parameter, section or tag; as it was where the language has no markup that we know
 */
export function renderedDocumentation(documentation: string, language: string): string {
  const convert = converters[language];
  if (!convert) return documentation;
  return convert(documentation.slice(0, longest))
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
