/** What a listing of a repository's files gives, however it was made. */

/** What a listing found; paths are relative to the repository's root. */
export interface Listing {
  readonly files: readonly string[];
  /** Ignored files and folders; a folder, which ends in a slash, stands for all below it. */
  readonly ignored: readonly string[];
  /** Left out by Longsight's own defaults, with the sentence that says why; a folder ends in a slash. */
  readonly excluded: readonly { readonly path: string; readonly explanation: string }[];
}
