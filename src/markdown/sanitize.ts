/**
 * What others wrote in Markdown (a decoder, a README, an older version of us), made safe for every client: HTML becomes text, a
 * picture its description, and a link its text, unless the client knows where it leads.
 */
import type { Nodes, Root, RootContent } from 'mdast';
import { paragraph, text } from './tree.ts';

export interface Policy {
  /** The address under which a link is kept; null leaves its text alone. */
  readonly link: (url: string) => string | null;
  /** Whether a picture is shown. */
  readonly image: (url: string) => boolean;
}

/** No link, no picture. */
export const textAlone: Policy = { link: () => null, image: () => false };

export function sanitize(root: Root, policy: Policy): Root {
  return { type: 'root', children: root.children.flatMap((node) => safe(node, policy, true)) };
}

/** @param isBlock whether what takes the node's place must be a block */
function safe(node: RootContent, policy: Policy, isBlock: boolean): RootContent[] {
  switch (node.type) {
    case 'html':
      return isBlock ? [paragraph(text(node.value))] : [text(node.value)];
    case 'image':
      return policy.image(node.url) ? [node] : [text(node.alt ?? '')];
    case 'imageReference':
      return [text(node.alt ?? '')];
    case 'link': {
      const url = policy.link(node.url);
      const children = within(node, policy);
      return url === null ? children : [{ ...node, url, title: null, children: children as typeof node.children }];
    }
    case 'linkReference':
      return within(node, policy);
    case 'definition':
    case 'footnoteDefinition':
    case 'footnoteReference':
    case 'yaml':
      return [];
    default:
      return [{ ...node, ...('children' in node ? { children: within(node, policy) } : {}) } as RootContent];
  }
}

function within(node: Extract<Nodes, { children: unknown }>, policy: Policy): RootContent[] {
  const holdsBlocks = node.type === 'blockquote' || node.type === 'listItem';
  return node.children.flatMap((child) => safe(child, policy, holdsBlocks));
}
