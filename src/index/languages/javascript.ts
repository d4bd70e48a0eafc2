/** JavaScript and JSX: functions, classes, values of a module, CommonJS and prototype assignments. */
import { type LanguageSyntax, documentationBlock } from './syntax.ts';

/** What TypeScript's grammar shares with JavaScript's. */
export const javascriptPatterns = `
(function_declaration name: (identifier) @name body: (_) @body) @function
(generator_function_declaration name: (identifier) @name body: (_) @body) @function
(method_definition name: (_) @name body: (_) @body) @method
(variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @type
(program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @constant))
(program (export_statement (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @constant)))
(program (lexical_declaration (variable_declarator name: (identifier) @name) @variable))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name) @variable)))
(program (variable_declaration (variable_declarator name: (identifier) @name) @variable))
(program (expression_statement (assignment_expression left: (member_expression object: (_) @receiver property: (property_identifier) @name) right: [(function_expression body: (_) @body) (arrow_function body: (_) @body)]) @function))
((program (expression_statement (assignment_expression left: (member_expression object: (_) @receiver property: (property_identifier) @name)) @variable))
  (#not-eq? @name "exports"))
(pair key: (property_identifier) @name value: [(function_expression body: (_) @body) (arrow_function body: (_) @body)]) @method
(comment) @comment
(import_statement source: (string) @specifier)
(export_statement source: (string) @specifier)
(call_expression function: (import) arguments: (arguments . (string) @specifier))
(call_expression function: (identifier) @callee arguments: (arguments . (string) @specifier) (#eq? @callee "require"))
`;

export const javascript: LanguageSyntax = {
  grammar: 'tree-sitter-javascript.wasm',
  documentationMark: documentationBlock,
  query: `
(class_declaration name: (identifier) @name body: (_) @body) @type
(field_definition property: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(field_definition property: (_) @name) @field
${javascriptPatterns}
`,
};
