/** Types of the one entry of snowball-stemmers that Longsight calls; the package brings none. */
declare module 'snowball-stemmers' {
  export function newStemmer(language: 'english'): { stem(word: string): string };
}
