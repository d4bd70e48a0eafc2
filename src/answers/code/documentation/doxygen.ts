/** Doxygen: commands behind a backslash or an at sign, HTML and Markdown. */
import { beforeTags, ticked, withoutHtml, withoutLinks } from './marks.ts';

/** Commands that open a paragraph whose text is what is said. */
const opening = /[\\@](?:brief|short|details|detailed|note|remark|remarks)\b[ \t]*/g;
/** Commands that say of what the comment is, with the name on their line. */
const structural =
  /^\s*[\\@](?:file|class|struct|union|enum|fn|var|def|typedef|namespace|package|interface|ingroup|addtogroup|defgroup|author|date|version|since|internal|headerfile|copyright)\b.*$/gm;

export function fromDoxygen(documentation: string): string {
  const text = documentation
    .replaceAll(/[\\@](code|verbatim|dot|msc)\b[^]*?[\\@]end\1\b/g, '\n')
    .replaceAll(structural, '')
    .replaceAll(opening, '');
  return withoutHtml(
    withoutLinks(
      beforeTags(
        text.replace(/^\s+/, ''),
        /^\s*[\\@](?:t?param|returns?|retval|result|throws?|exception|sa|see|pre|post|invariant|warning|attention|todo|bug|deprecated|par)\b/,
      )
        .replaceAll(/[\\@](?:c|p|ref|link|a)\s+([\w:~]+(?:\.\w+)*(?:\(\))?)/g, (_whole, name: string) => ticked(name))
        .replaceAll(/[\\@](?:e|em|b)\s+(\S+)/g, '$1')
        .replaceAll(/[\\@](?:endlink|n|li|arg)\b/g, ''),
    ),
  );
}
