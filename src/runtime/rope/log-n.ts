/**
 * Log-n attention (Su 2021, kexue.fm 8823): the query at text position m is multiplied by max(1, ln(m + 1) / ln L), which keeps
 * attention from flattening out over more keys than there were in training. A scaled query table does it: rotation is linear.
 */

/** @param position of the query in the text, from 0 @param trainedLength L @returns factor on the query */
export function logN(position: number, trainedLength: number): number {
  return Math.max(1, Math.log(position + 1) / Math.log(trainedLength));
}
