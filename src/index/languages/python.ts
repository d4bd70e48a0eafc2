/** Python: classes, functions, values of modules and classes, docstrings. */
import type { LanguageSyntax } from './syntax.ts';

export const python: LanguageSyntax = {
  grammar: 'tree-sitter-python.wasm',
  constantName: /^_?[A-Z][A-Z0-9_]*$/,
  query: `
(class_definition name: (identifier) @name body: (_) @body) @type
(function_definition name: (identifier) @name body: (_) @body) @function
(type_alias_statement left: (type) @name) @type
(module (expression_statement (assignment left: (identifier) @name) @variable))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @field)))
(class_definition body: (block . (comment)* . (expression_statement (string) @docstring)) @documented)
(function_definition body: (block . (comment)* . (expression_statement (string) @docstring)) @documented)
(module . (comment)* . (expression_statement (string) @docstring))
(comment) @comment
(import_statement name: (dotted_name) @specifier)
(import_statement name: (aliased_import name: (dotted_name) @specifier))
(import_from_statement module_name: (_) @specifier)
`,
};
