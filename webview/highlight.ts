/** Code of an answer with its keywords, strings and names marked by classes; the colours are the theme's, in the style sheet. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import lua from 'highlight.js/lib/languages/lua';
import php from 'highlight.js/lib/languages/php';
import powershell from 'highlight.js/lib/languages/powershell';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  ...{ bash, c, cpp, csharp, css, go, ini, java, javascript, json, kotlin, lua, php, powershell, python, ruby, rust },
  ...{ sql, swift, typescript, xml, yaml },
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
// VS Code's ids of what is written alike.
hljs.registerAliases(['shellscript'], { languageName: 'bash' });
hljs.registerAliases(['javascriptreact'], { languageName: 'javascript' });
hljs.registerAliases(['typescriptreact'], { languageName: 'typescript' });
hljs.registerAliases(['vue', 'svelte', 'astro'], { languageName: 'xml' });
hljs.registerAliases(['scss', 'less'], { languageName: 'css' });
hljs.registerAliases(['jsonl'], { languageName: 'json' });
hljs.registerAliases(['properties'], { languageName: 'ini' });

/** Longer code stays plain: it is text of a repository, and some expressions take long over it. */
const longest = 20_000;
/** Results kept, for a text that streams is rendered again with each piece. */
const mostKept = 50;
const kept = new Map<string, string>();

/** HTML of the code, everything of it escaped; null when its language is not known or it is too long. */
export function highlighted(code: string, language: string): string | null {
  if (code.length > longest || !hljs.getLanguage(language)) return null;
  const key = `${language}\n${code}`;
  const before = kept.get(key);
  if (before !== undefined) return before;
  const html = hljs.highlight(code, { language, ignoreIllegals: true }).value;
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
  kept.set(key, html);
  return html;
}
