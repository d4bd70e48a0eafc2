/** The only way a string becomes HTML on this page: through DOMPurify, behind the Trusted Types policy "longsight". */
import DOMPurify from 'dompurify';

const allowed = {
  ALLOWED_TAGS: [
    'p',
    'br',
    'strong',
    'em',
    's',
    'code',
    'pre',
    'ul',
    'ol',
    'li',
    'blockquote',
    'h3',
    'hr',
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
    'mark',
    'button',
    'span',
  ],
  ALLOWED_ATTR: ['class', 'type', 'start', 'title', 'aria-label', 'data-cite'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

interface Policy {
  createHTML(text: string): string;
}

const sanitize: Policy = { createHTML: (text) => DOMPurify.sanitize(text, allowed) };
const factory = (window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
const policy = factory ? factory.createPolicy('longsight', sanitize) : sanitize;

/** Fills the element with the sanitised HTML. */
export function setHtml(element: Element, html: string): void {
  // With Trusted Types this is a TrustedHTML, which TypeScript's library still calls a string.
  element.innerHTML = policy.createHTML(html);
}
