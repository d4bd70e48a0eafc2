/** A name out of a file from anywhere as it may stand in a message: quoted, of bounded length, without control characters. */

const mostShown = 80;

export function shownName(name: string): string {
  const plain = name.slice(0, mostShown).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
  return `"${plain}${name.length > mostShown ? '…' : ''}"`;
}
