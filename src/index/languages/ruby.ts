/** Ruby: modules, classes, methods, constants, attribute macros. */
import type { LanguageSyntax } from './syntax.ts';

export const ruby: LanguageSyntax = {
  grammar: 'tree-sitter-ruby.wasm',
  query: `
(module name: (_) @name body: (_)? @body) @module
(class name: (_) @name body: (_)? @body) @type
(method name: (_) @name body: (_)? @body) @function
(singleton_method name: (_) @name body: (_)? @body) @function
(alias name: (_) @name) @function
(assignment left: (constant) @name) @constant
((call method: (identifier) @macro arguments: (argument_list (simple_symbol) @name @field))
  (#any-of? @macro "attr_accessor" "attr_reader" "attr_writer"))
((call method: (identifier) @macro arguments: (argument_list . (simple_symbol) @name) ) @function
  (#any-of? @macro "define_method" "alias_method" "delegate" "scope"))
(comment) @comment
((call method: (identifier) @macro arguments: (argument_list . (string (string_content) @specifier)))
  (#any-of? @macro "require" "require_relative" "load" "autoload"))
`,
};
