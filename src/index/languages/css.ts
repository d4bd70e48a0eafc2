/** Style sheets: custom properties and keyframes are what others refer to by name. */
import type { LanguageSyntax } from './syntax.ts';

export const css: LanguageSyntax = {
  grammar: 'tree-sitter-css.wasm',
  query: `
(keyframes_statement (keyframes_name) @name) @function
(declaration (property_name) @name (#match? @name "^--")) @variable
(comment) @comment
(import_statement (string_value) @specifier)
`,
};
