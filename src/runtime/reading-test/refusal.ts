/** Whether an answer says that the sources do not answer: as asked for, or in the words that models use of themselves. */

const refusals: readonly RegExp[] = [
  /\b(sources?|code|snippets?|files?|context|information|documents?|they|it)\b[^.]{0,60}\b(do(es)?|did) ?(not|n['’]t) (\w+ ){0,2}(say|show|tell|state|mention|specify|provide|contain|include|indicate|answer|describe|define|give|have|reveal|cover|explain)\b/i,
  /\b(is|are|was|were) ?(not|n['’]t|nowhere) (\w+ly )?(\w+ ){0,2}(said|shown|told|stated|mentioned|specified|provided|given|defined|described|indicated|included|found|present|available|visible|answered|known|clear)\b/i,
  /\b(can ?not|can['’]?t|could ?n['’]?t|could not|unable to) (be )?(\w+ly )?(answer|determine|tell|say|find|know|see|infer|conclud)/i,
  /\b(no|none of the|not any|not enough|insufficient)( \w+){0,2} (sources?|information|mention|indication|evidence|answer|such|details?)\b/i,
];

export function isRefusal(answer: string): boolean {
  return refusals.some((pattern) => pattern.test(answer));
}
