import ts from 'typescript';

export type ImportSite = { readonly specifier: string; readonly line: number };

/**
 * Every module named in a source text: static, type-only and dynamic imports and re-exports, with
 * the line of the specifier. Comments and strings that merely look like imports do not count.
 */
export function importsOf(source: string): ImportSite[] {
  const lineStarts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return ts.preProcessFile(source, true, true).importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: lineStarts.findLastIndex((start) => start <= pos) + 1,
  }));
}
