/** TypeScript and TSX: definitions, overloads, members of types, exported values, CommonJS and prototype assignments. */
import { javascriptPatterns } from './javascript.ts';
import { type LanguageSyntax, documentationBlock } from './syntax.ts';

const query = `
(abstract_class_declaration name: (type_identifier) @name body: (_) @body) @type
(class_declaration name: (type_identifier) @name body: (_) @body) @type
(interface_declaration name: (type_identifier) @name body: (_) @body) @type
(type_alias_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name body: (_) @body) @type
(internal_module name: (_) @name body: (_) @body) @module
(module name: (_) @name body: (_)? @body) @module
(function_signature name: (identifier) @name) @function
(method_signature name: (_) @name) @method
(abstract_method_signature name: (_) @name) @method
(property_signature name: (_) @name) @field
(public_field_definition name: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(public_field_definition name: (_) @name) @field
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @field
(enum_body (enum_assignment name: (_) @name) @constant)
(enum_body (property_identifier) @name @constant)
(import_require_clause source: (string) @specifier)
${javascriptPatterns}
`;

export const typescript: LanguageSyntax = {
  grammar: 'tree-sitter-typescript.wasm',
  documentationMark: documentationBlock,
  query,
};
export const tsx: LanguageSyntax = { ...typescript, grammar: 'tree-sitter-tsx.wasm' };
