/** Rust: items, members of impl and trait blocks, fields and variants, macros. */
import type { LanguageSyntax } from './syntax.ts';

export const rust: LanguageSyntax = {
  grammar: 'tree-sitter-rust.wasm',
  documentationMark: /^(?:\/\*\*(?![*/])|\/\/\/(?!\/))/,
  query: `
(struct_item name: (type_identifier) @name) @type
(enum_item name: (type_identifier) @name body: (_) @body) @type
(union_item name: (type_identifier) @name body: (_) @body) @type
(type_item name: (type_identifier) @name) @type
(trait_item name: (type_identifier) @name body: (_) @body) @type
(associated_type name: (type_identifier) @name) @type
(function_item name: (identifier) @name body: (_) @body) @function
(function_signature_item name: (identifier) @name) @function
(impl_item type: (_) @name body: (_) @body) @scope
(mod_item name: (identifier) @name body: (_) @body) @module
(const_item name: (identifier) @name) @constant
(static_item name: (identifier) @name) @constant
(macro_definition name: (identifier) @name) @function
(field_declaration name: (field_identifier) @name) @field
(enum_variant name: (identifier) @name) @constant
(line_comment) @comment
(block_comment) @comment
(use_declaration argument: (_) @specifier)
(mod_item name: (identifier) @specifier !body)
(extern_crate_declaration name: (identifier) @specifier)
`,
};
