/** How a commit is named where people read it. */

/** The first ten digits of an id: of a repository's commits they are one alone. */
export function shortId(id: string): string {
  return id.slice(0, 10);
}
