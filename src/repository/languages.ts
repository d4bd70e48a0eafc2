/** Which language a file is written in, by its name and else by its first line; the ids are those of VS Code where it has one. */
import { nameOf } from './paths.ts';

const byExtension: Readonly<Record<string, string>> = {
  ts: 'typescript', mts: 'typescript', cts: 'typescript', tsx: 'typescriptreact',
  js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsx: 'javascriptreact', es6: 'javascript',
  py: 'python', pyi: 'python', pyw: 'python', pyx: 'python', bzl: 'python', star: 'python',
  go: 'go', rs: 'rust', java: 'java',
  c: 'c', h: 'c', cc: 'cpp', cpp: 'cpp', cxx: 'cpp', 'c++': 'cpp', hh: 'cpp', hpp: 'cpp', hxx: 'cpp', inl: 'cpp', ipp: 'cpp', tpp: 'cpp', cu: 'cpp', cuh: 'cpp', ino: 'cpp',
  cs: 'csharp', csx: 'csharp', rb: 'ruby', rake: 'ruby', gemspec: 'ruby', ru: 'ruby', podspec: 'ruby',
  php: 'php', phtml: 'php', php5: 'php', inc: 'php',
  sh: 'shellscript', bash: 'shellscript', zsh: 'shellscript', ksh: 'shellscript', bats: 'shellscript',
  css: 'css', scss: 'scss', less: 'less', sass: 'sass',
  ps1: 'powershell', psm1: 'powershell', psd1: 'powershell',
  ini: 'ini', cfg: 'ini', editorconfig: 'ini', properties: 'properties',
  md: 'markdown', markdown: 'markdown', mdx: 'mdx', mdown: 'markdown', rst: 'restructuredtext', adoc: 'asciidoc', tex: 'latex',
  json: 'json', jsonc: 'jsonc', json5: 'json5', jsonl: 'jsonl', yaml: 'yaml', yml: 'yaml', toml: 'toml', xml: 'xml', xsd: 'xml', xsl: 'xml', csproj: 'xml', props: 'xml', targets: 'xml', svg: 'xml',
  html: 'html', htm: 'html', xhtml: 'html', vue: 'vue', svelte: 'svelte', astro: 'astro', erb: 'erb', ejs: 'html', hbs: 'handlebars', twig: 'twig', njk: 'html',
  kt: 'kotlin', kts: 'kotlin', swift: 'swift', scala: 'scala', sc: 'scala', groovy: 'groovy', gradle: 'groovy', dart: 'dart', lua: 'lua', pl: 'perl', pm: 'perl', r: 'r', jl: 'julia', ex: 'elixir', exs: 'elixir', erl: 'erlang', hrl: 'erlang', hs: 'haskell', ml: 'ocaml', mli: 'ocaml', fs: 'fsharp', fsx: 'fsharp', vb: 'vb', clj: 'clojure', cljs: 'clojure', m: 'objective-c', mm: 'objective-cpp', zig: 'zig', nim: 'nim', v: 'verilog', sv: 'systemverilog', vhd: 'vhdl', asm: 'asm', s: 'asm', f90: 'fortran', f: 'fortran', pas: 'pascal', el: 'lisp', lisp: 'lisp', scm: 'scheme', sol: 'solidity', coffee: 'coffeescript',
  sql: 'sql', graphql: 'graphql', gql: 'graphql', proto: 'proto', thrift: 'thrift', tf: 'terraform', hcl: 'terraform', cmake: 'cmake', mk: 'makefile', dockerfile: 'dockerfile', bat: 'bat', cmd: 'bat', vim: 'vim', nix: 'nix', prisma: 'prisma', wgsl: 'wgsl', glsl: 'glsl', hlsl: 'hlsl', metal: 'metal',
  csv: 'csv', tsv: 'csv', diff: 'diff', patch: 'diff', txt: 'plaintext', text: 'plaintext', log: 'log',
};

const byName: Readonly<Record<string, string>> = {
  dockerfile: 'dockerfile', containerfile: 'dockerfile', makefile: 'makefile', gnumakefile: 'makefile', 'cmakelists.txt': 'cmake', jenkinsfile: 'groovy', gemfile: 'ruby', rakefile: 'ruby', guardfile: 'ruby', vagrantfile: 'ruby', podfile: 'ruby', brewfile: 'ruby', build: 'python', 'build.bazel': 'python', workspace: 'python', sconstruct: 'python', '.gitconfig': 'ini', '.npmrc': 'ini', '.editorconfig': 'ini', '.bashrc': 'shellscript', '.zshrc': 'shellscript', '.profile': 'shellscript', '.babelrc': 'json', '.eslintrc': 'jsonc', '.prettierrc': 'json', 'go.mod': 'go.mod', 'cargo.lock': 'toml', license: 'plaintext', readme: 'plaintext',
};

const byInterpreter: readonly (readonly [RegExp, string])[] = [
  [/^(ba|z|k|da|a)?sh$/, 'shellscript'],
  [/^python[\d.]*$/, 'python'],
  [/^(node|nodejs|bun)$/, 'javascript'],
  [/^(deno|ts-node|tsx)$/, 'typescript'],
  [/^ruby[\d.]*$/, 'ruby'],
  [/^php[\d.]*$/, 'php'],
  [/^(pwsh|powershell)$/, 'powershell'],
  [/^perl[\d.]*$/, 'perl'],
  [/^lua[\d.]*$/, 'lua'],
  [/^Rscript$/, 'r'],
];

/** The language by the file's name alone; undefined when the name does not tell and the first line may. */
function languageByName(path: string): string | undefined {
  const name = nameOf(path).toLowerCase();
  const known = byName[name];
  if (known !== undefined) return known;
  const dot = name.lastIndexOf('.');
  if (dot < 0) return name.startsWith('dockerfile') ? 'dockerfile' : undefined;
  return byExtension[name.slice(dot + 1)];
}

/**
 * The language of a file.
 * @param head the beginning of its text, for a `#!` line and for `<?php` in files without an extension
 */
export function languageOf(path: string, head = ''): string {
  const named = languageByName(path);
  if (named === 'php' && path.endsWith('.inc') && !head.includes('<?')) return 'plaintext';
  if (named !== undefined) return named;
  const shebang = /^#!\s*(\S+)(?:[ \t]+([^\r\n]*))?/.exec(head);
  if (shebang) {
    const program = shebang[1] ?? '';
    // `#!/usr/bin/env -S node --flag` names the interpreter in its first word that is neither an option nor an assignment.
    const words = program.endsWith('/env') ? (shebang[2] ?? '').split(/\s+/).filter((w) => w !== '' && !w.startsWith('-') && !w.includes('=')) : [program];
    const interpreter = nameOf(words[0] ?? '');
    for (const [pattern, language] of byInterpreter) if (pattern.test(interpreter)) return language;
  }
  return 'plaintext';
}
