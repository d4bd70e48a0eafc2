/** PowerShell: functions and classes. */
import type { LanguageSyntax } from './syntax.ts';

export const powershell: LanguageSyntax = {
  grammar: 'tree-sitter-powershell.wasm',
  // Comment-based help may be one line above its function.
  documentationMark: /^<#\s*\.(?:SYNOPSIS|DESCRIPTION|PARAMETER|EXAMPLE|NOTES)\b/i,
  query: `
(function_statement (function_name) @name) @function
(class_statement . (simple_name) @name) @type
(class_method_definition (simple_name) @name) @method
(comment) @comment
`,
};
