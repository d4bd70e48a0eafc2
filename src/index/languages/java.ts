/** Java: types, methods, constructors, fields, enum constants. */
import { type LanguageSyntax, documentationBlock } from './syntax.ts';

export const java: LanguageSyntax = {
  grammar: 'tree-sitter-java.wasm',
  documentationMark: documentationBlock,
  query: `
(class_declaration name: (identifier) @name body: (_) @body) @type
(interface_declaration name: (identifier) @name body: (_) @body) @type
(enum_declaration name: (identifier) @name body: (_) @body) @type
(record_declaration name: (identifier) @name body: (_) @body) @type
(annotation_type_declaration name: (identifier) @name body: (_) @body) @type
(method_declaration name: (identifier) @name body: (_)? @body) @method
(constructor_declaration name: (identifier) @name body: (_) @body) @method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @method
(annotation_type_element_declaration name: (identifier) @name) @method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @constant
(enum_constant name: (identifier) @name) @constant
(line_comment) @comment
(block_comment) @comment
(import_declaration (scoped_identifier) @specifier)
`,
};
