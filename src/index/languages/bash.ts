/** Shell scripts: functions and what they source. */
import type { LanguageSyntax } from './syntax.ts';

export const bash: LanguageSyntax = {
  grammar: 'tree-sitter-bash.wasm',
  constantName: /^[A-Z][A-Z0-9_]*$/,
  query: `
(function_definition name: (word) @name body: (_) @body) @function
(program (variable_assignment name: (variable_name) @name) @variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @variable)
(comment) @comment
((command name: (command_name) @macro argument: (_) @specifier) (#any-of? @macro "source" "."))
`,
};
