/** C and C++, both by the C++ grammar: functions and their prototypes, types, members, namespaces, macros, globals. */
import type { LanguageSyntax } from './syntax.ts';

// A declarator may be wrapped: `T *f()`, `T &f()`, `T **f()`.
const wrapped = (declarator: string): string[] => [declarator, `(_ ${declarator})`, `(_ (_ ${declarator}))`];
const functions = wrapped('(function_declarator declarator: (_) @name)').flatMap((declarator) => [
  `(function_definition declarator: ${declarator} body: (_) @body) @function`,
  `(function_definition declarator: ${declarator}) @function`,
  `(declaration declarator: ${declarator}) @function`,
  `(field_declaration declarator: ${declarator}) @method`,
]);
const fields = wrapped('(field_identifier) @name').map(
  (declarator) => `(field_declaration declarator: ${declarator}) @field`,
);

export const cpp: LanguageSyntax = {
  grammar: 'tree-sitter-cpp.wasm',
  // Doxygen; `/**<` speaks of what stands before it.
  documentationMark: /^(?:\/\*[*!](?![*/<])|\/\/[/!](?![/<]))/,
  query: `
${functions.join('\n')}
${fields.join('\n')}
(class_specifier name: (_) @name body: (_) @body) @type
(struct_specifier name: (_) @name body: (_) @body) @type
(union_specifier name: (_) @name body: (_) @body) @type
(enum_specifier name: (_) @name body: (_) @body) @type
(type_definition declarator: (type_identifier) @name) @type
(type_definition declarator: (_ declarator: (type_identifier) @name)) @type
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (_ declarator: (type_identifier) @name)))) @type
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(namespace_definition name: (_) @name body: (_) @body) @module
(enumerator name: (identifier) @name) @constant
(preproc_def name: (identifier) @name) @constant
(preproc_function_def name: (identifier) @name) @function
(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @variable)
(translation_unit (declaration declarator: (init_declarator declarator: (_ (identifier) @name))) @variable)
(translation_unit (declaration declarator: (identifier) @name) @variable)
(declaration_list (declaration declarator: (init_declarator declarator: (identifier) @name)) @variable)
(comment) @comment
(preproc_include path: (_) @specifier)
`,
};
