/** What the catalogue of errors says of each. */
export interface CatalogueEntry {
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do now, one sentence; one for both clients where both can say the same. */
  readonly hint: string | { readonly commandLine: string; readonly editor: string };
}
