/** PHP: types, functions, methods, properties, constants. */
import { type LanguageSyntax, documentationBlock } from './syntax.ts';

export const php: LanguageSyntax = {
  grammar: 'tree-sitter-php.wasm',
  documentationMark: documentationBlock,
  query: `
(namespace_definition name: (_) @name body: (_) @body) @module
(class_declaration name: (name) @name body: (_) @body) @type
(interface_declaration name: (name) @name body: (_) @body) @type
(trait_declaration name: (name) @name body: (_) @body) @type
(enum_declaration name: (name) @name body: (_) @body) @type
(function_definition name: (name) @name body: (_) @body) @function
(method_declaration name: (name) @name body: (_)? @body) @method
(property_declaration (property_element (variable_name (name) @name))) @field
(property_promotion_parameter name: (variable_name (name) @name)) @field
(const_declaration (const_element . (name) @name)) @constant
(enum_case name: (name) @name) @constant
(comment) @comment
(namespace_use_clause (qualified_name) @specifier)
(require_once_expression (string (string_content) @specifier))
(require_expression (string (string_content) @specifier))
(include_expression (string (string_content) @specifier))
(include_once_expression (string (string_content) @specifier))
`,
};
