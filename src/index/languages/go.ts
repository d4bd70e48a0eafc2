/** Go: functions, methods with their receiver, types, fields, package-level values. */
import type { LanguageSyntax } from './syntax.ts';

export const go: LanguageSyntax = {
  grammar: 'tree-sitter-go.wasm',
  query: `
(function_declaration name: (identifier) @name body: (_)? @body) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @receiver)) name: (field_identifier) @name body: (_)? @body) @method
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @variable))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable)))
(field_declaration name: (field_identifier) @name) @field
(method_elem name: (field_identifier) @name) @method
(comment) @comment
(import_spec path: (_) @specifier)
`,
};
