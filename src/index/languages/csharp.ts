/** C#: namespaces, types, members, local functions. */
import type { LanguageSyntax } from './syntax.ts';

export const csharp: LanguageSyntax = {
  grammar: 'tree-sitter-c-sharp.wasm',
  documentationMark: /^(?:\/\*\*(?![*/])|\/\/\/(?!\/))/,
  query: `
(namespace_declaration name: (_) @name body: (_) @body) @module
(class_declaration name: (identifier) @name body: (_)? @body) @type
(struct_declaration name: (identifier) @name body: (_)? @body) @type
(interface_declaration name: (identifier) @name body: (_)? @body) @type
(enum_declaration name: (identifier) @name body: (_)? @body) @type
(record_declaration name: (identifier) @name body: (_)? @body) @type
(delegate_declaration name: (identifier) @name) @type
(method_declaration name: (identifier) @name body: (_)? @body) @method
(constructor_declaration name: (identifier) @name body: (_)? @body) @method
(destructor_declaration name: (identifier) @name body: (_)? @body) @method
(local_function_statement name: (identifier) @name body: (_)? @body) @function
(property_declaration name: (identifier) @name accessors: (_)? @body) @field
(event_declaration name: (identifier) @name) @field
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @field
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @field
(enum_member_declaration name: (identifier) @name) @constant
(comment) @comment
(using_directive (qualified_name) @specifier)
(using_directive (identifier) @specifier)
`,
};
