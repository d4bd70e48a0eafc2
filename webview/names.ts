/** Names and paths of code as text that may break where a reader would: after dots, slashes and underscores, and between humps. */
import { type TemplateResult, html } from 'lit';

/** Behind these the line may break. */
const behind = /(?<=[._/\\:-])(?=[^._/\\:-])|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

export function partsOfName(name: string): string[] {
  return name.split(behind);
}

export function breakable(name: string): TemplateResult {
  return html`${partsOfName(name).map((part, i) => (i === 0 ? part : html`<wbr />${part}`))}`;
}
