/** One thing a check does not accept: where, and a sentence that says what to do about it. */
export type Finding = { readonly file: string; readonly line?: number | undefined; readonly message: string };

export function printFinding(finding: Finding): string {
  const place = finding.line === undefined ? finding.file : `${finding.file}:${finding.line}`;
  return `${place}  ${finding.message}`;
}
