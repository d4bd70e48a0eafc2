/** Docstrings of Python: reStructuredText, with the sections of Google's and NumPy's styles, or Markdown, behind the text. */
import { beforeTags, withoutLinks } from './marks.ts';
import { fromRestructuredText } from './restructured-text.ts';

const section =
  /^\s*(?:Args|Arguments|Parameters|Params|Returns|Return|Yields|Yield|Raises|Throws|Attributes|Examples?|Keyword Args|Keyword Arguments|Other Parameters|See Also|References|Notes?|Todo|Warns):?\s*$/;

export function fromPython(documentation: string): string {
  return withoutLinks(
    fromRestructuredText(beforeTags(beforeTags(documentation, section), /^\s*@(?:param|return|raise|type)\b/)),
  ).replaceAll(/^>>>[^]*?(?=\n\s*\n|$(?![^]))/gm, '');
}
