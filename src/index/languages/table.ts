/** From a language's id (src/repository/languages.ts) to its syntax; a language that is not here is chunked by lines. */
import { bash } from './bash.ts';
import { cpp } from './cpp.ts';
import { csharp } from './csharp.ts';
import { css } from './css.ts';
import { go } from './go.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import { php } from './php.ts';
import { powershell } from './powershell.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';
import { rust } from './rust.ts';
import type { LanguageSyntax } from './syntax.ts';
import { tsx, typescript } from './typescript.ts';

export const syntaxOf: ReadonlyMap<string, LanguageSyntax> = new Map([
  ['typescript', typescript],
  ['typescriptreact', tsx],
  ['javascript', javascript],
  ['javascriptreact', javascript],
  ['python', python],
  ['go', go],
  ['rust', rust],
  ['java', java],
  ['c', cpp],
  ['cpp', cpp],
  ['csharp', csharp],
  ['ruby', ruby],
  ['php', php],
  ['shellscript', bash],
  ['css', css],
  ['powershell', powershell],
]);
